import { isSame } from '../../../src/attach/same-options';

class Limiter {
  readonly #limit: number;
  constructor(limit: number) {
    this.#limit = limit;
  }
  get limit(): number {
    return this.#limit;
  }
}

const limiter = new Limiter(1);
const provider = () => Promise.resolve({ accessKeyId: 'a', secretAccessKey: 'b' });

it.each([
  [{}, {}],
  [{}, { region: undefined }],
  [{ region: 'a' }, { region: 'a', tls: undefined }],
  [{ tls: { ca: ['x'] } }, { tls: { ca: ['x'] } }],
  [{ tls: { ca: Buffer.from('x') } }, { tls: { ca: Buffer.from('x') } }],
  [{ credentials: { expiration: new Date(1) } }, { credentials: { expiration: new Date(1) } }],
  [{ limiter }, { limiter }],
  [{ credentials: provider }, { credentials: provider }],
])('%j asks for the same as %j', (one, other) => {
  expect(isSame(one, other)).toBe(true);
  expect(isSame(other, one)).toBe(true);
});

it.each([
  [{}, { region: 'a' }],
  [{ tls: { ca: ['x'] } }, { tls: { ca: ['x', 'y'] } }],
  [{ tls: { ca: 'x' } }, { tls: { ca: ['x'] } }],
  [{ tls: { ca: Buffer.from('x') } }, { tls: { ca: Buffer.from('y') } }],
  [{ credentials: { expiration: new Date(1) } }, { credentials: { expiration: new Date(2) } }],
  [{ limiter }, { limiter: new Limiter(1) }],
  [{ limiter: new Limiter(1) }, { limiter: { limit: 1 } }],
  [{ limiter: false }, { limiter: undefined }],
  [{ credentials: provider }, { credentials: () => provider() }],
  [{}, undefined],
])('%j does not ask for the same as %j', (one, other) => {
  expect(isSame(one, other)).toBe(false);
  expect(isSame(other, one)).toBe(false);
});
