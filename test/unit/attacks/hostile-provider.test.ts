/** A credential provider that returns anything, and credentials that would change what a token says. */
import { TokenProvider } from '../../../src/token/token-provider';
import { rejected } from '../../harness/caught';
import { changing, refusing, revoked, SECRET } from '../../harness/hostile-values';

const endpoint = {
  hostname: 'db.abc.eu-west-1.rds.amazonaws.com',
  port: 3306,
  username: 'app',
  region: 'eu-west-1',
};
const KEYS = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: SECRET };
const { signal } = new AbortController();

const create = (credentials: () => unknown) =>
  new TokenProvider({
    credentials: credentials as () => Promise<typeof KEYS>,
    credentialsTimeoutMs: 1_000,
  });

async function tokenOf(credentials: () => unknown): Promise<string> {
  const provider = create(credentials);
  return (await provider.getAuthToken(endpoint, await provider.getCredentials(signal))).token;
}

it.each<[string, () => unknown]>([
  ['nothing', () => undefined],
  ['a text', () => SECRET],
  ['a number as a key', () => ({ ...KEYS, accessKeyId: 5 })],
  ['an empty key', () => ({ ...KEYS, secretAccessKey: '' })],
  ['an object as a session token', () => ({ ...KEYS, sessionToken: { toString: () => SECRET } })],
  ['a text as the expiration', () => ({ ...KEYS, expiration: '2099-01-01' })],
  ['no date as the expiration', () => ({ ...KEYS, expiration: new Date(NaN) })],
  ['a proxy that throws', refusing],
  ['a revoked proxy', revoked],
  ['a promise of it', () => Promise.resolve(null)],
  [
    'a thenable that throws',
    () => ({
      then: () => {
        throw new Error('no');
      },
    }),
  ],
])('that returns %s is an error of its own kind', async (_, credentials) => {
  const error = await rejected(create(credentials).getCredentials(signal));
  expect(error.code).toBe('ERR_IAM_AUTH_CREDENTIALS');
});

it('that settles twice counts once', async () => {
  const twice = {
    then: (resolve: (value: object) => void) => {
      resolve(KEYS);
      resolve({ ...KEYS, accessKeyId: 'EVIL' });
    },
  };
  expect(await tokenOf(() => twice)).toContain('X-Amz-Credential=AKIDEXAMPLE%2F');
});

it('whose credentials change into something else gets no token signed', async () => {
  const provider = create(() =>
    Object.defineProperties(
      { secretAccessKey: SECRET },
      Object.getOwnPropertyDescriptors(changing('accessKeyId', ['AKIDEXAMPLE', { evil: true }])),
    ),
  );
  const held = await provider.getCredentials(signal);
  const error = await rejected(provider.getAuthToken(endpoint, held));
  expect(error.code).toBe('ERR_IAM_AUTH_TOKEN');
  expect(error.message).not.toContain(SECRET);
});

it('whose key changes while a token is signed puts no token of another key into the cache', async () => {
  const keys = changing('accessKeyId', ['AKIDONE', 'AKIDONE', 'AKIDTWO']);
  Object.defineProperty(keys, 'secretAccessKey', { value: SECRET, enumerable: true });
  const provider = new TokenProvider({
    credentials: () => Promise.resolve(keys as typeof KEYS),
    credentialsTimeoutMs: 1_000,
    reuseTokenForMs: 600_000,
  });
  const held = await provider.getCredentials(signal);
  expect((await provider.getAuthToken(endpoint, held)).token).toContain('=AKIDONE%2F');
});

it.each([
  { accessKeyId: 'AKID/&DBUser=admin&X-Amz-Expires=604800' },
  { sessionToken: 'x\r\nDBUser: admin&DBUser=admin#' },
  { accessKeyId: 'AKID?@evil.example:3306/', sessionToken: '\0\u2028%26DBUser%3Dadmin' },
  { sessionToken: 'x'.repeat(1_000_000) },
])('cannot change the host, the user or the lifetime of a token: %#', async (changes) => {
  const token = await tokenOf(() => ({ ...KEYS, ...changes }));
  expect(token).toMatch(/^[\w.:/?&=%~+-]+$/);
  const { host, searchParams } = new URL(`https://${token}`);
  expect(host).toBe('db.abc.eu-west-1.rds.amazonaws.com:3306');
  expect(searchParams.getAll('DBUser')).toEqual(['app']);
  expect(searchParams.getAll('X-Amz-Expires')).toEqual(['900']);
  expect(token).not.toContain(SECRET);
});
