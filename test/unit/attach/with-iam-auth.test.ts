import { Sequelize } from 'sequelize';
import { withIamAuth, type IamAuthOptions } from '../../../src';
import { caught, rejected } from '../../harness/caught';
import { freshHost, recordingDriver } from '../../harness/recording-driver';

const CREDENTIALS = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI' };
const iamAuth: IamAuthOptions = { credentials: CREDENTIALS };

describe('the given options', () => {
  it('stay as they were, down to the last object', () => {
    const hook = () => undefined;
    const given = Object.freeze({
      dialect: 'mysql',
      host: freshHost(),
      username: 'app',
      pool: Object.freeze({ max: 7 }),
      hooks: Object.freeze({ beforeConnect: Object.freeze([hook]), afterConnect: hook }),
      dialectOptions: Object.freeze({ ssl: Object.freeze({}) }),
      iamAuth: Object.freeze({ limiter: Object.freeze({ limit: 10 }) }),
    });
    const before = structuredClone({ ...given, hooks: undefined });
    const changed = withIamAuth(given);
    expect({ ...given, hooks: undefined }).toEqual(before);
    expect(given.hooks).toEqual({ beforeConnect: [hook], afterConnect: hook });
    expect(changed).not.toHaveProperty('iamAuth');
    expect(changed).toMatchObject({ dialect: 'mysql', hooks: { afterConnect: hook } });
  });

  it.each([{}, { iamAuth: false }, { iamAuth: undefined }, { iamAuth: null }])(
    'come back without the flag where it is off: %j',
    (flag) => {
      const rest = { dialect: 'mysql', password: 'x', pool: { max: 3 }, hooks: {} };
      expect(withIamAuth({ ...rest, ...flag })).toStrictEqual(rest);
    },
  );
});

describe('the pool', () => {
  it.each([
    [undefined, true, { max: 5, min: 0, acquire: 60_000, idle: 300_000 }],
    [{ max: 50 }, true, { max: 50, min: 0, acquire: 60_000, idle: 300_000 }],
    [
      { max: undefined, idle: 1, evict: 5 },
      true,
      { max: 5, min: 0, acquire: 60_000, idle: 1, evict: 5 },
    ],
    [undefined, { limiter: { processes: 4 } }, { max: 3, min: 0, acquire: 60_000, idle: 300_000 }],
    [undefined, { limiter: { limit: 3 } }, { max: 2, min: 0, acquire: 60_000, idle: 300_000 }],
    [undefined, { limiter: false }, { max: 5, min: 0, acquire: 60_000, idle: 300_000 }],
  ] as const)('%j with %j is filled only where it is unset', (pool, flag, filled) => {
    expect(withIamAuth({ dialect: 'mysql', pool, iamAuth: flag })).toHaveProperty('pool', filled);
  });
});

describe('hooks', () => {
  it.each([
    ['a function', (hook: unknown) => hook],
    ['an array', (hook: unknown) => [hook]],
  ])('of the user run before: %s', async (_, shape) => {
    const { module, opened } = recordingDriver();
    const findUser = (config: { username?: string }) => void (config.username = 'app');
    const sequelize = new Sequelize(
      withIamAuth({
        dialect: 'mysql' as const,
        dialectModule: module,
        databaseVersion: '8.0.36',
        logging: false as const,
        host: freshHost(),
        hooks: { beforeConnect: shape(findUser) as () => void },
        iamAuth,
      }),
    );
    await sequelize.authenticate();
    expect(opened[0]).toHaveProperty('user', 'app');
    expect(opened[0]).toHaveProperty('ssl.verifyIdentity', true);
    await sequelize.close();
  });

  it('serve each instance that is made of the same options', async () => {
    const { module, opened } = recordingDriver();
    const options = withIamAuth({
      dialect: 'mysql' as const,
      dialectModule: module,
      databaseVersion: '8.0.36',
      logging: false as const,
      host: freshHost(),
      username: 'app',
      iamAuth,
    });
    for (const sequelize of [new Sequelize(options), new Sequelize(options)]) {
      await sequelize.authenticate();
      await sequelize.close();
    }
    expect(opened).toHaveLength(2);
    for (const each of opened) expect(each).toHaveProperty('ssl.verifyIdentity', true);
  });
});

describe('mistakes', () => {
  const untyped = (options: object) => () => withIamAuth(options);

  it.each([
    [{ iamAuth: 'yes' }, 'ERR_IAM_AUTH_OPTIONS'],
    [{ iamAuth: { regoin: 'x' } }, 'ERR_IAM_AUTH_OPTIONS'],
    [{ dialect: 'mysql', password: 'secret-1', iamAuth: true }, 'ERR_IAM_AUTH_OPTIONS'],
    [{ dialect: 'mysql', dialectOptions: { ssl: false }, iamAuth: true }, 'ERR_IAM_AUTH_TLS'],
    [{ dialect: 'mssql', iamAuth: true }, 'ERR_IAM_AUTH_UNSUPPORTED'],
    [{ dialect: 'mysql', host: '10.0.0.1', iamAuth: true }, 'ERR_IAM_AUTH_ENDPOINT'],
  ])('are reported at once where the options tell: %j', (options, code) => {
    const error = caught(untyped(options));
    expect(error.code).toBe(code);
    expect(error.message).not.toContain('secret-1');
  });

  it.each([{ pool: null }, { hooks: null }])('do not include %j', (options) => {
    expect(untyped({ dialect: 'mysql', iamAuth: true, ...options })).not.toThrow();
  });

  it.each([
    ['mysql://app:secret-1@db.abc.eu-west-1.rds.amazonaws.com/x', 'ERR_IAM_AUTH_OPTIONS'],
    ['mysql://app@db.internal/x', 'ERR_IAM_AUTH_ENDPOINT'],
  ])('that only the instance can tell are reported by each connection: %s', async (url, code) => {
    const { module, opened } = recordingDriver();
    const sequelize = new Sequelize(
      url,
      withIamAuth({ dialect: 'mysql' as const, dialectModule: module, iamAuth }),
    );
    for (const attempt of [sequelize.authenticate(), sequelize.authenticate()]) {
      const error = await rejected(attempt);
      expect(error.code).toBe(code);
      expect(error.message).not.toContain('secret-1');
    }
    expect(opened).toEqual([]);
    await sequelize.close();
  });
});
