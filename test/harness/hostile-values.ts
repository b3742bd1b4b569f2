import fc from 'fast-check';

/** Stands for a token or a secret: no message may contain it. */
export const SECRET = 'wJalrXUtnFEMI-secret-EXAMPLEKEY';

const fail = (): never => {
  throw new RangeError(SECRET);
};

/** A proxy all of whose traps throw. */
export const refusing = (): object =>
  new Proxy(
    {},
    {
      get: fail,
      has: fail,
      set: fail,
      ownKeys: fail,
      getPrototypeOf: fail,
      getOwnPropertyDescriptor: fail,
      defineProperty: fail,
    },
  );

export const revoked = (): object => {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
};

/** Answers each read of a property with the next of these values, and then with the last. */
export function changing(name: string, values: readonly unknown[]): object {
  let reads = 0;
  const get = () => values[Math.min((reads += 1), values.length) - 1];
  return Object.defineProperty({}, name, { get, enumerable: true });
}

/** An object that contains itself, under this name. */
export function ring(name: string): object {
  const made: Record<string, unknown> = {};
  made[name] = made;
  return made;
}

/** As `JSON.parse` makes it: its own property `__proto__`. */
const jsonProto = (text: string): unknown => JSON.parse(`{"__proto__":${text}}`);

const UGLY = [
  '\n',
  '\r',
  '\0',
  '\u001b[31m',
  '\u2028',
  '\u202e',
  '\u0000',
  '%0a',
  '\ud800',
  '@',
  '..',
];

/** Texts: short ones, ones with what terminals and logs obey, and long ones. */
export const texts: fc.Arbitrary<string> = fc.oneof(
  { weight: 4, arbitrary: fc.string({ unit: 'binary', maxLength: 20 }) },
  {
    weight: 4,
    arbitrary: fc
      .array(fc.constantFrom(...UGLY, 'a', 'b.c'), { maxLength: 6 })
      .map((parts) => parts.join('')),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom('x'.repeat(20_000), `redis://:${SECRET}@redis:6379`),
  },
);

/** Makes a value anew for each use. fast-check looks into what it generates, which these values refuse. */
export type Make<T = unknown> = () => T;

const always = (...made: readonly unknown[]): readonly Make[] => made.map((value) => () => value);

/** Values of any type that a caller may pass, hostile ones among them. */
export const values: fc.Arbitrary<Make> = fc.oneof(
  texts.map((text) => () => text),
  fc.constantFrom(
    ...always(undefined, null, true, false, NaN, -0, Infinity, 2 ** 31, 10n, 1.5, 19, ''),
    ...always(Symbol('s'), Symbol.iterator, () => undefined, Object),
  ),
  fc.constantFrom<Make[]>(
    refusing,
    revoked,
    () => Object.create(null) as object,
    () => new Array<number>(1_000).fill(1),
    () => new Date(NaN),
    () => new Map([['a', 1]]),
    () => Promise.resolve({}),
    () => ({ then: fail }),
    () => ({ toString: fail, toJSON: fail, [Symbol.toPrimitive]: fail, valueOf: fail }),
    () => ({ [Symbol.for('nodejs.util.inspect.custom')]: fail }),
    () => Object.freeze({ a: 1 }),
    () => ring('self'),
    ...['{"hostname":"evil.example"}', '"x"', 'null'].map((text) => () => jsonProto(text)),
  ),
);

/** Objects with some of these properties, each with a value of its own or any value; a few have getters that throw or change. */
export function shaped(
  properties: Readonly<Record<string, fc.Arbitrary<Make>>>,
): fc.Arbitrary<Make<object>> {
  const ofEach = Object.fromEntries(
    Object.entries(properties).map(([name, own]) => [
      name,
      fc.oneof({ weight: 3, arbitrary: own }, { weight: 1, arbitrary: values }),
    ]),
  );
  const plain = fc.record(ofEach, { requiredKeys: [] }).map((makes): Make<object> => () => {
    const made = Object.entries(makes).map(([name, make]) => [name, make?.()] as const);
    return Object.fromEntries(made);
  });
  const name = fc.constantFrom(...Object.keys(properties));
  const list = fc.array(values, { minLength: 1, maxLength: 3 });
  const odd = fc
    .tuple(plain, name, list, fc.constantFrom('throws', 'changes', 'ring', '__proto__'))
    .map(([make, key, makes, kind]): Make<object> => () => {
      const object = make();
      if (kind === 'ring') return { ...object, [key]: ring(key) };
      if (kind === 'throws')
        return Object.defineProperty(object, key, { get: fail, enumerable: true });
      const made = makes.map((one) => one());
      const own = kind === 'changes' ? changing(key, made) : jsonProto('{"host":"evil.example"}');
      return Object.defineProperties(
        object,
        Object.getOwnPropertyDescriptors(Object(own) as object),
      );
    });
  return fc.oneof({ weight: 3, arbitrary: plain }, { weight: 2, arbitrary: odd });
}

/** Makers of what is generated. */
export const makersOf = <T>(generated: fc.Arbitrary<T>): fc.Arbitrary<Make<T>> =>
  generated.map((value) => () => value);
