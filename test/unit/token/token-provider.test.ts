import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TokenProvider } from '../../../src/token/token-provider';
import { rejected } from '../../harness/caught';
import { changing } from '../../harness/hostile-values';

const KEYS = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI' };
const endpoint = {
  hostname: 'db.abc.eu-west-1.rds.amazonaws.com',
  port: 3307,
  username: 'jane doe',
  region: 'eu-west-1',
};
const signal = new AbortController().signal;
const VARIABLES = ['AWS_REGION', 'AWS_PROFILE', 'AWS_CONFIG_FILE', 'AWS_SHARED_CREDENTIALS_FILE'];
const before = Object.fromEntries(VARIABLES.map((name) => [name, process.env[name]]));

function setEnvironment(values: Readonly<Record<string, string | undefined>>): void {
  for (const [name, value] of Object.entries(values)) {
    if (value === undefined) Reflect.deleteProperty(process.env, name);
    else process.env[name] = value;
  }
}
beforeEach(() => {
  const nowhere = join(tmpdir(), 'no-such-file');
  setEnvironment({
    AWS_REGION: undefined,
    AWS_PROFILE: undefined,
    AWS_CONFIG_FILE: nowhere,
    AWS_SHARED_CREDENTIALS_FILE: nowhere,
  });
});
afterEach(() => setEnvironment(before));

const create = (options: Partial<ConstructorParameters<typeof TokenProvider>[0]> = {}) =>
  new TokenProvider({ credentialsTimeoutMs: 5_000, ...options });

describe('a token', () => {
  it('names the endpoint, the user, the region and 900 s, and carries the session', async () => {
    const credentials = { ...KEYS, sessionToken: 'session/1' };
    const { token } = await create().getAuthToken(endpoint, credentials);
    const [address, query = ''] = token.split('/?');
    const parameters = new URLSearchParams(query);
    expect(address).toBe('db.abc.eu-west-1.rds.amazonaws.com:3307');
    expect(Object.fromEntries(parameters)).toMatchObject({
      Action: 'connect',
      DBUser: 'jane doe',
      'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
      'X-Amz-Expires': '900',
      'X-Amz-SignedHeaders': 'host',
      'X-Amz-Security-Token': 'session/1',
    });
    expect(parameters.get('X-Amz-Credential')).toMatch(
      /^AKIDEXAMPLE\/\d{8}\/eu-west-1\/rds-db\/aws4_request$/,
    );
    expect(token).not.toContain(KEYS.secretAccessKey);
  });

  it('to reuse is signed with the key that it is kept for, whatever the provider’s object becomes', async () => {
    const credentials = changing('accessKeyId', ['ONE', 'TWO']) as typeof KEYS;
    Object.assign(credentials, { secretAccessKey: KEYS.secretAccessKey });
    const { token } = await create({ reuseTokenForMs: 60_000 }).getAuthToken(endpoint, credentials);
    expect(token).toContain('X-Amz-Credential=ONE%2F');
  });

  it('that cannot be signed is an error that names the endpoint and shows no credentials', async () => {
    const broken = { accessKeyId: 'AKIDEXAMPLE' } as unknown as typeof KEYS;
    const error = await rejected(create().getAuthToken(endpoint, broken));
    expect(error.code).toBe('ERR_IAM_AUTH_TOKEN');
    expect(error.endpoint).toBe('jane doe@db.abc.eu-west-1.rds.amazonaws.com:3307');
    expect(error.message).toContain('Could not sign a token for jane doe@db.abc');
  });
});

describe('credentials', () => {
  it('of one provider are asked for once by all instances', async () => {
    let asked = 0;
    const credentials = () => {
      asked += 1;
      return Promise.resolve(KEYS);
    };
    const providers = Array.from({ length: 10 }, () => create({ credentials }));
    const found = await Promise.all(providers.map((provider) => provider.getCredentials(signal)));
    expect(asked).toBe(1);
    expect(new Set(found)).toEqual(new Set([KEYS]));
    expect(create({ credentials }).isUsable(KEYS)).toBe(true);
  });

  it('may be given as they are', async () => {
    await expect(create({ credentials: KEYS }).getCredentials(signal)).resolves.toBe(KEYS);
  });

  it('come from the default provider chain’s profile, one request for each profile', async () => {
    const file = join(mkdtempSync(join(tmpdir(), 'profiles-')), 'credentials');
    writeFileSync(
      file,
      '[one]\naws_access_key_id=ONE\naws_secret_access_key=a\n[two]\naws_access_key_id=TWO\naws_secret_access_key=b\n',
    );
    setEnvironment({ AWS_SHARED_CREDENTIALS_FILE: file });
    const [one, two, again] = await Promise.all(
      ['one', 'two', 'one'].map((profile) => create({ profile }).getCredentials(signal)),
    );
    expect([one?.accessKeyId, two?.accessKeyId]).toEqual(['ONE', 'TWO']);
    expect(again).toBe(one);
  });
});

it('reads a profile again once the server denied its key, which may have been replaced', async () => {
  jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] });
  try {
    const file = join(mkdtempSync(join(tmpdir(), 'profiles-')), 'credentials');
    const write = (key: string) =>
      writeFileSync(file, `[rotated]\naws_access_key_id=${key}\naws_secret_access_key=a\n`);
    setEnvironment({ AWS_SHARED_CREDENTIALS_FILE: file });
    write('ONE');
    const provider = create({ profile: 'rotated' });
    const revoked = await provider.getCredentials(signal);
    write('TWO');
    jest.advanceTimersByTime(10_000);
    provider.noteDenial('a token', revoked);
    await provider.getCredentials(signal);
    const current = async () => (await provider.getCredentials(signal)).accessKeyId;
    for (let turn = 0; turn < 1_000 && (await current()) === 'ONE'; turn += 1)
      await new Promise((resolve) => setImmediate(resolve));
    expect(await current()).toBe('TWO');
  } finally {
    jest.useRealTimers();
  }
});

describe('the configured region', () => {
  it('is AWS_REGION', async () => {
    setEnvironment({ AWS_REGION: 'ap-south-1' });
    await expect(create().configuredRegion()).resolves.toBe('ap-south-1');
  });

  it('is that of the profile', async () => {
    const file = join(mkdtempSync(join(tmpdir(), 'profiles-')), 'config');
    writeFileSync(file, '[profile other]\nregion = sa-east-1\n');
    setEnvironment({ AWS_CONFIG_FILE: file });
    await expect(create({ profile: 'other' }).configuredRegion()).resolves.toBe('sa-east-1');
  });

  it('is unknown where nothing says it', async () => {
    await expect(create().configuredRegion()).resolves.toBeUndefined();
  });
});

it('loads the signer with the credentials, before anybody holds a slot', async () => {
  const loaded = jest.fn(() => jest.requireActual<object>('@aws-sdk/rds-signer'));
  jest.doMock('@aws-sdk/rds-signer', loaded);
  await jest.isolateModulesAsync(async () => {
    const fresh = jest.requireActual<typeof import('../../../src/token/token-provider')>(
      '../../../src/token/token-provider',
    );
    const provider = new fresh.TokenProvider({ credentials: KEYS, credentialsTimeoutMs: 5_000 });
    expect(loaded).not.toHaveBeenCalled();
    await provider.getCredentials(signal);
    expect(loaded).toHaveBeenCalledTimes(1);
  });
  jest.dontMock('@aws-sdk/rds-signer');
});
