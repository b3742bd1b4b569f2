import { QueryTypes, Sequelize } from 'sequelize';
import { addIamAuth, withIamAuth, type IamAuthOptions } from 'sequelize-rds-iam';
import { startRds, USERNAME, type Rds } from '../../harness/rds';

let rds: Rds;
beforeAll(async () => {
  rds = await startRds();
});
afterAll(() => rds.close());

interface Mistake {
  readonly mistake: string;
  readonly sequelize?: object;
  readonly iamAuth?: object;
  readonly code: string;
  readonly message: RegExp;
}

const mistakes: Mistake[] = [
  {
    mistake: 'an unknown option',
    iamAuth: { regoin: 'eu-west-1' },
    code: 'ERR_IAM_AUTH_OPTIONS',
    message: /Unknown option iamAuth\.regoin; the known ones are region, /,
  },
  {
    mistake: 'a wrong type',
    iamAuth: { credentialsTimeoutMs: '5s' },
    code: 'ERR_IAM_AUTH_OPTIONS',
    message: /iamAuth\.credentialsTimeoutMs must be a number/,
  },
  {
    mistake: 'a value out of range',
    iamAuth: { limiter: { limit: 0 } },
    code: 'ERR_IAM_AUTH_OPTIONS',
    message: /iamAuth\.limiter\.limit must be a number above 0/,
  },
  {
    mistake: 'a password',
    sequelize: { password: 'hunter2' },
    code: 'ERR_IAM_AUTH_OPTIONS',
    message: /^password is set together with iamAuth: remove password/,
  },
  {
    mistake: 'a password in dialectOptions',
    sequelize: { dialectOptions: { password: 'hunter2' } },
    code: 'ERR_IAM_AUTH_OPTIONS',
    message: /^dialectOptions\.password is set together with iamAuth: remove/,
  },
  {
    mistake: 'TLS switched off',
    sequelize: { dialectOptions: { ssl: false } },
    code: 'ERR_IAM_AUTH_TLS',
    message: /dialectOptions\.ssl is false: remove dialectOptions\.ssl$/,
  },
  {
    mistake: 'verification switched off',
    sequelize: { dialectOptions: { ssl: { rejectUnauthorized: false } } },
    code: 'ERR_IAM_AUTH_TLS',
    message: /ssl\.rejectUnauthorized would let the token go .*: remove dialectOptions/,
  },
  {
    mistake: 'a host whose region cannot be told',
    sequelize: { host: 'db.internal' },
    iamAuth: { endpoint: undefined },
    code: 'ERR_IAM_AUTH_ENDPOINT',
    message:
      /db\.internal is not an RDS endpoint name, so it contains no region, .*iamAuth\.endpoint\.hostname/,
  },
  {
    mistake: 'an address as host',
    iamAuth: { endpoint: undefined },
    code: 'ERR_IAM_AUTH_ENDPOINT',
    message: /127\.0\.0\.1 is an IP address.*iamAuth\.endpoint\.hostname/,
  },
  {
    mistake: 'a malformed host',
    sequelize: { host: 'https://mydb.abc.eu-west-1.rds.amazonaws.com/' },
    iamAuth: { endpoint: undefined },
    code: 'ERR_IAM_AUTH_ENDPOINT',
    message: /is not a host name: set it to the name alone/,
  },
  {
    mistake: 'an unsupported dialect',
    sequelize: { dialect: 'sqlite', storage: ':memory:', dialectModule: {} },
    code: 'ERR_IAM_AUTH_UNSUPPORTED',
    message: /dialect sqlite: use mysql/,
  },
  {
    mistake: 'the driver’s debug output',
    sequelize: { dialectOptions: { debug: true } },
    code: 'ERR_IAM_AUTH_OPTIONS',
    message: /dialectOptions\.debug .* including the token: remove dialectOptions\.debug$/,
  },
];

function settings({ sequelize = {}, iamAuth = {} }: Mistake) {
  return {
    sequelize: {
      dialect: 'mysql' as const,
      host: '127.0.0.1',
      port: rds.emulator.port,
      username: USERNAME,
      database: 'app',
      logging: false as const,
      ...sequelize,
    },
    iamAuth: { endpoint: { hostname: rds.hostname }, ...iamAuth } as IamAuthOptions,
  };
}

/** What a hook that runs before the package's may yet fill in. */
const missing: Mistake[] = [
  {
    mistake: 'no host',
    sequelize: { host: undefined },
    iamAuth: { endpoint: undefined },
    code: 'ERR_IAM_AUTH_ENDPOINT',
    message: /localhost is not an RDS endpoint name/,
  },
  {
    mistake: 'no user',
    sequelize: { username: undefined },
    code: 'ERR_IAM_AUTH_OPTIONS',
    message: /username is missing/,
  },
];

function expectRefusal(error: unknown, { code, message }: Mistake): void {
  expect(error).toMatchObject({ name: 'IamAuthError', code });
  expect((error as Error).message).toMatch(message);
  expect(String(error)).not.toContain('hunter2');
}

describe.each(mistakes)('$mistake', (mistake) => {
  it('is refused by addIamAuth, which leaves the instance as it was', () => {
    const { sequelize: options, iamAuth } = settings(mistake);
    const sequelize = new Sequelize(options);
    const connect = Reflect.get(sequelize, 'connectionManager') as object;

    let error: unknown;
    try {
      addIamAuth(sequelize, iamAuth);
    } catch (thrown) {
      error = thrown;
    }

    expectRefusal(error, mistake);
    expect(sequelize.hasHook('beforeConnect')).toBeFalsy();
    expect(Object.keys(connect)).not.toContain('connect');
  });
});

describe.each([...mistakes, ...missing])('$mistake', (mistake) => {
  it('is refused by the config flag before anything connects', async () => {
    const { sequelize: options, iamAuth } = settings(mistake);
    const error: unknown = await Promise.resolve()
      .then(() => new Sequelize(withIamAuth({ ...options, iamAuth })).query('SELECT 1'))
      .catch((reason: unknown) => reason);

    expectRefusal(error, mistake);
    expect(await rds.emulator.attempts()).toEqual([]);
  });
});

it.each(missing)('$mistake is refused by addIamAuth at the first connection', async (mistake) => {
  const { sequelize: options, iamAuth } = settings(mistake);
  const sequelize = new Sequelize(options);
  addIamAuth(sequelize, iamAuth);
  const error: unknown = await sequelize.query('SELECT 1').catch((reason: unknown) => reason);

  expectRefusal(error, mistake);
  expect(await rds.emulator.attempts()).toEqual([]);
});

it('says so when replication names no host to read from', async () => {
  const { sequelize } = rds.connect({
    sequelize: { databaseVersion: '8.0.36', replication: { read: [], write: {} } },
  });

  await expect(sequelize.query('SELECT 1', { type: QueryTypes.SELECT })).rejects.toMatchObject({
    code: 'ERR_IAM_AUTH_OPTIONS',
    message: expect.stringContaining('replication.read is empty') as string,
  });
});
