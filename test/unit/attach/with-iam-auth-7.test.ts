import { Sequelize } from '@sequelize/core';
import { MySqlDialect } from '@sequelize/mysql';
import { addIamAuth, withIamAuth, type IamAuthOptions } from '../../../src';
import { rejected } from '../../harness/caught';
import {
  create,
  CREDENTIALS,
  poolsOf,
  PRESET,
  recorded,
} from '../../harness/recording-sequelize-7';

const iamAuth: IamAuthOptions = { credentials: CREDENTIALS };
const unhandled: unknown[] = [];
const onUnhandled = (reason: unknown) => void unhandled.push(reason);
beforeAll(() => void process.on('unhandledRejection', onUnhandled));
afterAll(() => void process.off('unhandledRejection', onUnhandled));
afterEach(async () => {
  await new Promise((resolve) => setImmediate(resolve));
  expect(unhandled.splice(0)).toEqual([]);
});

it('logs in with IAM, from the first connection of the first turn on', async () => {
  const { given, opened } = recorded();
  const sequelize = create(withIamAuth({ ...given, iamAuth }));
  await Promise.all([sequelize.query('SELECT 1'), sequelize.query('SELECT 1')]);
  expect(opened).toHaveLength(2);
  for (const each of opened) expect(each).toHaveProperty('ssl.verifyIdentity', true);
  expect(addIamAuth(sequelize).stats.accepted).toBe(2);
  await sequelize.close();
});

it('leaves the given options as they were, down to the last object', () => {
  const hook = () => undefined;
  const given = Object.freeze({
    ...recorded().given,
    pool: Object.freeze({ max: 7 }),
    hooks: Object.freeze({ beforeConnect: hook }),
    ssl: Object.freeze({}),
    iamAuth: Object.freeze({ limiter: Object.freeze({ limit: 10 }) }),
  });
  const before = { ...given };
  const changed = withIamAuth(given);
  expect(given).toEqual(before);
  expect(changed).not.toHaveProperty('iamAuth');
  expect(changed.hooks).toBe(given.hooks);
  create(changed);
  expect(given).toEqual(before);
});

it.each([{}, { iamAuth: false }, { iamAuth: undefined }, { iamAuth: null }])(
  'changes nothing where the flag is off: %j',
  async (flag) => {
    const { given, opened } = recorded({ password: 'x', port: 3306 });
    const changed = withIamAuth({ ...given, ...flag });
    expect(changed).toStrictEqual(given);
    const sequelize = create(changed);
    await sequelize.query('SELECT 1');
    expect(opened[0]).not.toHaveProperty('ssl');
    await sequelize.close();
  },
);

it.each([
  [undefined, [PRESET]],
  [{ max: 9, idle: undefined }, [{ ...PRESET, maxSize: 9 }]],
])('fills of the pool %j what is unset', (pool, settings) => {
  const options = withIamAuth({ ...recorded().given, pool, iamAuth });
  expect(poolsOf(create(options))).toEqual(settings);
});

it('serves each instance that is made of the same options, apart', async () => {
  const { given, opened } = recorded();
  const options = withIamAuth({ ...given, iamAuth });
  const instances = [create(options), create(options)];
  for (const sequelize of instances) {
    await sequelize.query('SELECT 1');
    expect(addIamAuth(sequelize).stats.accepted).toBe(1);
    await sequelize.close();
  }
  expect(opened).toHaveLength(2);
});

it('serves a subclass, and a dialect that looks like the one given', async () => {
  class Own extends Sequelize {}
  const { given } = recorded();
  const sequelize = create(withIamAuth({ ...given, iamAuth }), Own);
  expect(sequelize).toBeInstanceOf(Own);
  expect(sequelize.dialect).toBeInstanceOf(MySqlDialect);
  expect(sequelize.dialect.constructor).toBe(MySqlDialect);
  await sequelize.query('SELECT 1');
  expect(addIamAuth(sequelize).stats.accepted).toBe(1);
  await sequelize.close();
});

it('runs the user’s hooks before its own', async () => {
  const { given, opened } = recorded({ host: undefined });
  const beforeConnect = (config: { host?: string }) => {
    config.host = 'late.abc.eu-west-1.rds.amazonaws.com';
  };
  const sequelize = create(
    withIamAuth({
      ...given,
      host: 'early.abc.eu-west-1.rds.amazonaws.com',
      hooks: { beforeConnect },
      iamAuth,
    }),
  );
  await sequelize.query('SELECT 1');
  expect(opened[0]).toMatchObject({ host: 'late.abc.eu-west-1.rds.amazonaws.com' });
  await sequelize.close();
});

it('does not lose its options to an addIamAuth in the same turn', async () => {
  const { given } = recorded();
  const sequelize = create(withIamAuth({ ...given, iamAuth }));
  const handle = addIamAuth(sequelize, iamAuth);
  await sequelize.query('SELECT 1');
  expect(addIamAuth(sequelize)).toBe(handle);
  expect(handle.stats).toMatchObject({ accepted: 1, connecting: 0 });
  await sequelize.close();
});

it('can be removed', async () => {
  const { given, opened } = recorded({ port: 3306 });
  const sequelize = create(withIamAuth({ ...given, iamAuth }));
  await Promise.resolve();
  addIamAuth(sequelize).remove();
  await sequelize.query('SELECT 1');
  expect(opened[0]).not.toHaveProperty('ssl');
  await sequelize.close();
});

describe('a mistake is reported by each connection', () => {
  it.each([
    [{ password: 'secret-1' }, 'ERR_IAM_AUTH_OPTIONS'],
    [{ ssl: false }, 'ERR_IAM_AUTH_TLS'],
    [{ host: 'localhost' }, 'ERR_IAM_AUTH_ENDPOINT'],
    [
      {
        url: 'mysql://app:secret-1@db.abc.eu-west-1.rds.amazonaws.com/x',
        host: undefined,
        user: undefined,
      },
      'ERR_IAM_AUTH_OPTIONS',
    ],
  ])('%j: %s', async (options, code) => {
    const { given, opened } = recorded(options);
    const sequelize = create(withIamAuth({ ...given, iamAuth }));
    for (let time = 0; time < 2; time += 1) {
      const error = await rejected(sequelize.query('SELECT 1'));
      expect(error.code).toBe(code);
      expect(error.message).not.toContain('secret-1');
    }
    expect(opened).toEqual([]);
    await sequelize.close();
  });

  it('when the dialect is a name, with the remedy', async () => {
    const { given, opened } = recorded({ dialect: 'mysql' });
    const sequelize = create(withIamAuth({ ...given, iamAuth }));
    const error = await rejected(sequelize.query('SELECT 1'));
    expect(error.code).toBe('ERR_IAM_AUTH_UNSUPPORTED');
    expect(error.message).toContain(
      'set dialect to the class MySqlDialect, MariaDbDialect or PostgresDialect',
    );
    expect(opened).toEqual([]);
    await sequelize.close();
  });
});

it('leaves an error of Sequelize’s constructor to its caller, and nothing behind', () => {
  const { given } = recorded({ regoin: 'x' });
  expect(() => create(withIamAuth({ ...given, iamAuth }))).toThrow(/regoin/);
  const incomplete = recorded({ timezone: 'Mars', replication: {} });
  expect(() => create(withIamAuth({ ...incomplete.given, iamAuth }))).toThrow();
});
