import { inspect } from 'node:util';
import { Sequelize, type Options } from 'sequelize';
import { addIamAuth, registerIamAuth, type IamAuthRegistration } from '../../../src';
import { rejected } from '../../harness/caught';
import { freshHost, recordingDriver } from '../../harness/recording-driver';

const CREDENTIALS = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI' };
const unhandled: unknown[] = [];
const onUnhandled = (reason: unknown) => void unhandled.push(reason);

let registration: IamAuthRegistration;
beforeAll(() => void process.on('unhandledRejection', onUnhandled));
afterAll(() => void process.off('unhandledRejection', onUnhandled));
beforeEach(() => {
  registration = registerIamAuth(Sequelize, { credentials: CREDENTIALS });
});
afterEach(async () => {
  registration.remove();
  for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  expect(unhandled.splice(0)).toEqual([]);
});

/** As from a config file, which Sequelize's types know no flag in. */
function create(flag: unknown, options: Options = {}) {
  const { module, opened } = recordingDriver();
  const given = {
    dialect: 'mysql' as const,
    dialectModule: module,
    databaseVersion: '8.0.36',
    logging: false as const,
    host: freshHost(),
    username: 'app',
    ...options,
    ...(flag === undefined ? {} : { iamAuth: flag }),
  };
  return { sequelize: new Sequelize(given), opened };
}

interface Settings {
  maxSize: number;
  minSize: number;
  acquireTimeoutMillis: number;
  idleTimeoutMillis: number;
}
function poolsOf(sequelize: Sequelize): Settings[] {
  const { pool } = (
    sequelize as unknown as {
      connectionManager: { pool: Settings & { read?: Settings; write?: Settings } };
    }
  ).connectionManager;
  const { read, write } = pool;
  return (read && write ? [read, write] : [pool]).map((each) => ({
    maxSize: each.maxSize,
    minSize: each.minSize,
    acquireTimeoutMillis: each.acquireTimeoutMillis,
    idleTimeoutMillis: each.idleTimeoutMillis,
  }));
}

const PRESET = { maxSize: 5, minSize: 0, acquireTimeoutMillis: 60_000, idleTimeoutMillis: 300_000 };

describe('an instance of a registered class', () => {
  it.each([true, {}])('logs in with IAM when its flag is %j', async (flag) => {
    const { sequelize, opened } = create(flag);
    await sequelize.authenticate();
    expect(opened[0]).toHaveProperty('ssl.verifyIdentity', true);
    expect(addIamAuth(sequelize).stats.accepted).toBe(1);
    await sequelize.close();
  });

  it.each([undefined, false, null])('is left alone when its flag is %j', async (flag) => {
    const { sequelize, opened } = create(flag, { password: 'x' });
    await sequelize.authenticate();
    expect(opened[0]).toMatchObject({ password: 'x' });
    expect(opened[0]).not.toHaveProperty('ssl');
    expect(poolsOf(sequelize)).toEqual([{ ...PRESET, idleTimeoutMillis: 10_000 }]);
    await sequelize.close();
  });

  it('has its flag’s options instead of the defaults', async () => {
    let asked = 0;
    const credentials = () => {
      asked += 1;
      return Promise.resolve(CREDENTIALS);
    };
    const { sequelize } = create({ credentials });
    await sequelize.authenticate();
    expect(asked).toBe(1);
    await sequelize.close();
  });

  it('shows the credentials of its flag to nobody who prints it', () => {
    const { sequelize } = create({ credentials: CREDENTIALS });
    expect(inspect(sequelize, { depth: null })).not.toContain(CREDENTIALS.secretAccessKey);
    expect(JSON.stringify(sequelize.config)).not.toContain(CREDENTIALS.secretAccessKey);
  });
});

describe('pools', () => {
  const replication = { write: { host: freshHost() }, read: [{ host: freshHost() }] };

  it.each([
    { options: {}, flag: true, pools: [PRESET] },
    {
      options: { pool: { max: 9, idle: 5_000 } },
      flag: true,
      pools: [{ ...PRESET, maxSize: 9, idleTimeoutMillis: 5_000 }],
    },
    { options: {}, flag: { limiter: { processes: 4 } }, pools: [{ ...PRESET, maxSize: 3 }] },
    { options: { replication }, flag: true, pools: [PRESET, PRESET] },
    {
      options: { replication, pool: { max: 9 } },
      flag: { limiter: { processes: 4 } },
      pools: [
        { ...PRESET, maxSize: 9 },
        { ...PRESET, maxSize: 9 },
      ],
    },
  ])('are filled only where the user set nothing: %#', ({ options, flag, pools }) => {
    expect(poolsOf(create(flag, options).sequelize)).toEqual(pools);
  });

  it('with replication serve reads and writes after they were filled', async () => {
    const { sequelize, opened } = create(true, { replication });
    await sequelize.query('SELECT 1', { type: 'SELECT' });
    await sequelize.query('UPDATE x SET y = 1');
    expect(opened.map(({ host }) => host)).toEqual([
      replication.read[0]?.host,
      replication.write.host,
    ]);
    await sequelize.close();
  });

  it('of the caller stay as they were', () => {
    const pool = Object.freeze({ max: 7 });
    create(true, { pool });
    expect(pool).toEqual({ max: 7 });
  });
});

describe('a mistake', () => {
  it.each([
    ['yes', {}, 'ERR_IAM_AUTH_OPTIONS'],
    [{ regoin: 'x' }, {}, 'ERR_IAM_AUTH_OPTIONS'],
    [{ limiter: 5 }, {}, 'ERR_IAM_AUTH_OPTIONS'],
    [{ limiter: { limit: '5' } }, {}, 'ERR_IAM_AUTH_OPTIONS'],
    [true, { password: 'secret-1' }, 'ERR_IAM_AUTH_OPTIONS'],
    [true, { host: 'localhost' }, 'ERR_IAM_AUTH_ENDPOINT'],
    [true, { dialect: 'mssql' }, 'ERR_IAM_AUTH_UNSUPPORTED'],
  ] as const)(
    'does not throw in the constructor, and each connection reports it: %j with %j',
    async (flag, options, code) => {
      const { sequelize, opened } = create(flag, options);
      for (let time = 0; time < 2; time += 1) {
        const error = await rejected(sequelize.authenticate());
        expect(error.code).toBe(code);
        expect(error.message).toMatch(/iamAuth|host|username/);
        expect(error.message).not.toContain('secret-1');
      }
      expect(opened).toEqual([]);
      await sequelize.close();
    },
  );
});

describe('registering', () => {
  it('twice does it once', async () => {
    expect(registerIamAuth(Sequelize)).toBe(registration);
    const { sequelize } = create(true);
    await sequelize.authenticate();
    expect(addIamAuth(sequelize).stats).toMatchObject({ accepted: 1, connecting: 0 });
    await sequelize.close();
  });

  it('can be ended for new instances, and begun anew', async () => {
    const { sequelize: earlier } = create(true);
    registration.remove();
    const { sequelize: later, opened } = create(true);
    await later.authenticate();
    expect(opened[0]).not.toHaveProperty('ssl');
    await earlier.authenticate();
    expect(addIamAuth(earlier).stats.accepted).toBe(1);

    registration = registerIamAuth(Sequelize, { credentials: CREDENTIALS });
    const { sequelize: again } = create(true);
    await again.authenticate();
    expect(addIamAuth(again).stats.accepted).toBe(1);
    for (const each of [earlier, later, again]) await each.close();
  });
});
