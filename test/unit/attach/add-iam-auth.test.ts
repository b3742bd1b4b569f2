import { inspect } from 'node:util';
import { Sequelize, type Options } from 'sequelize';
import {
  addIamAuth,
  withIamAuth,
  type ConnectionLimiter,
  type IamAuthOptions,
  type SequelizeLike,
} from '../../../src';
import { advanceUntil } from '../../harness/advance-until';
import { caught, rejected } from '../../harness/caught';
import { freshHost, recordingDriver } from '../../harness/recording-driver';

const CREDENTIALS = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI' };
const iamAuth: IamAuthOptions = { credentials: CREDENTIALS };

/** `databaseVersion` spares Sequelize's version probe; its types do not know it. */
type Given = Options & { databaseVersion?: string | number };

function connectable(options: Given = {}) {
  const { module, opened } = recordingDriver();
  const given: Given = {
    dialect: 'mysql',
    dialectModule: module,
    databaseVersion: '8.0.36',
    logging: false,
    host: freshHost(),
    username: 'app',
    ...options,
  };
  return { given, opened, create: () => new Sequelize(given) };
}

/** Sequelize's connection manager, which its types hide. */
function managerOf(sequelize: Sequelize) {
  return (
    sequelize as unknown as {
      connectionManager: { pool: Record<string, object>; initPools: () => void };
    }
  ).connectionManager;
}

/** A limiter that has no slot for anybody. */
function full(): ConnectionLimiter {
  return {
    acquire: ({ signal }) =>
      new Promise((_, reject) => {
        signal?.addEventListener('abort', () => reject(signal.reason as Error));
      }),
  };
}

const names = (target: object) => Object.getOwnPropertyNames(target).sort();

describe('an instance with IAM authentication', () => {
  it('logs in with verified TLS and a password that is not the token, and counts it', async () => {
    const { create, opened } = connectable();
    const sequelize = create();
    const handle = addIamAuth(sequelize, iamAuth);
    await sequelize.authenticate();
    expect(opened).toHaveLength(1);
    expect(opened[0]).toMatchObject({ ssl: { rejectUnauthorized: true, verifyIdentity: true } });
    expect(opened[0]?.password).toMatch(/^[0-9a-f]{32}$/);
    expect(handle.stats).toMatchObject({
      waiting: 0,
      connecting: 0,
      accepted: 1,
      denied: 0,
      failed: 0,
      notNeeded: 0,
      loginsInLastSecond: 1,
      endpoints: [
        { port: 3306, region: 'eu-west-1', slotsFree: 18, backoff: { failures: 0, delayMs: 0 } },
      ],
      credentials: { ageMs: expect.any(Number) as number },
    });
    await sequelize.close();
  });

  it.each([iamAuth, { ...iamAuth, reuseTokenForMs: 840_000 }])(
    'shows neither a token nor credentials to whoever prints it: %#',
    async (options) => {
      const { create } = connectable();
      const sequelize = create();
      const lines: string[] = [];
      const logger = { debug: (line: string) => void lines.push(line) };
      const handle = addIamAuth(sequelize, { ...options, logger });
      await sequelize.authenticate();
      expect(lines.join()).toMatch(/^Signed a token for /);
      expect(inspect(options, { depth: null, showHidden: true })).not.toContain('X-Amz');
      for (const printed of [
        lines.join(),
        inspect(sequelize, { depth: null }),
        inspect(handle, { depth: null, showHidden: true }),
        JSON.stringify(handle),
      ]) {
        expect(printed).not.toContain('X-Amz');
        expect(printed).not.toContain(CREDENTIALS.secretAccessKey);
      }
      await sequelize.close();
    },
  );

  it('opens one connection for the version probe and one for the query, each with a login', async () => {
    const { create, opened } = connectable({ databaseVersion: 0 });
    const sequelize = create();
    const { stats } = addIamAuth(sequelize, iamAuth);
    expect(stats.accepted).toBe(0);
    await sequelize.query('SELECT 1');
    expect(opened).toHaveLength(2);
    expect(addIamAuth(sequelize).stats.accepted).toBe(2);
    await sequelize.close();
  });

  it('ends the wait of the version probe too, which is in no pool', async () => {
    const { create } = connectable({ databaseVersion: 0, pool: { acquire: 50 } });
    const sequelize = create();
    addIamAuth(sequelize, { ...iamAuth, limiter: full(), logger: { warn: () => undefined } });
    expect((await rejected(sequelize.authenticate())).code).toBe('ERR_IAM_AUTH_TIMEOUT');
    await sequelize.close();
  });

  it('ends no process because a connection of a replication set breaks that is in no pool yet', () => {
    const replication = { write: { host: freshHost() }, read: [{ host: freshHost() }] };
    const sequelize = connectable({ replication }).create();
    const pool = managerOf(sequelize).pool as unknown as { destroy: (connection: object) => void };
    const handle = addIamAuth(sequelize, iamAuth);
    expect(() => pool.destroy({})).not.toThrow();
    expect(() => pool.destroy({ queryType: 'none' })).toThrow(TypeError);

    handle.remove();
    expect(() => pool.destroy({})).toThrow(TypeError);
  });

  it('signs for each host of a replication set', async () => {
    const [writer, reader] = [freshHost(), freshHost()];
    const { create, opened } = connectable({
      replication: { write: { host: writer }, read: [{ host: reader }] },
    });
    const sequelize = create();
    addIamAuth(sequelize, iamAuth);
    await sequelize.query('SELECT 1', { type: 'SELECT' });
    await sequelize.query('UPDATE x SET y = 1');
    expect(opened.map(({ host }) => host)).toEqual([reader, writer]);
    await sequelize.close();
  });
});

it('judges by the pool of readers whether a connection to a reader is still wanted', async () => {
  jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate'] });
  try {
    const { create, opened } = connectable({
      replication: { write: { host: freshHost() }, read: [{ host: freshHost() }] },
    });
    const sequelize = create();
    const iam = addIamAuth(sequelize, { ...iamAuth, limiter: { limit: 1 } });
    const read = () => sequelize.query('SELECT 1', { type: 'SELECT' });
    const reads = Promise.all([read(), read()]);
    await advanceUntil(() => iam.stats.accepted + iam.stats.notNeeded === 2);
    await reads;
    expect(opened).toHaveLength(1);
    expect(iam.stats).toMatchObject({ accepted: 1, notNeeded: 1, waiting: 0 });
  } finally {
    jest.useRealTimers();
  }
});

describe('adding it again', () => {
  it.each([undefined, {}, iamAuth])('returns the same handle for the options %j', (again) => {
    const sequelize = connectable().create();
    const handle = addIamAuth(sequelize, iamAuth);
    expect(again === undefined ? addIamAuth(sequelize) : addIamAuth(sequelize, again)).toBe(handle);
  });

  it('refuses other options', () => {
    const sequelize = connectable().create();
    addIamAuth(sequelize, iamAuth);
    const error = caught(() => addIamAuth(sequelize, { region: 'eu-west-1' }));
    expect(error.code).toBe('ERR_IAM_AUTH_OPTIONS');
    expect(error.message).toContain('call remove() on its handle first');
  });

  it('to an instance of withIamAuth returns the handle of its options, from the first connection on', async () => {
    const { given } = connectable();
    const sequelize = new Sequelize(withIamAuth({ ...given, iamAuth }));
    await sequelize.authenticate();
    expect(addIamAuth(sequelize).stats.accepted).toBe(1);
    expect(addIamAuth(sequelize, iamAuth)).toBe(addIamAuth(sequelize));
    await sequelize.close();
  });

  it('to an instance of withIamAuth does not lose its options before the first connection either', async () => {
    const { given } = connectable();
    let asked = 0;
    const credentials = () => {
      asked += 1;
      return Promise.resolve(CREDENTIALS);
    };
    const sequelize = new Sequelize(withIamAuth({ ...given, iamAuth: { credentials } }));
    addIamAuth(sequelize, { credentials });
    await sequelize.authenticate();
    expect(asked).toBe(1);
    expect(addIamAuth(sequelize).stats).toMatchObject({ accepted: 1, connecting: 0 });
    await sequelize.close();
  });

  it('after remove makes one login for each connection, also on an instance of withIamAuth', async () => {
    const { given } = connectable({ pool: { maxUses: 1 } });
    const options = { ...iamAuth, logger: { warn: () => undefined } };
    const sequelize = new Sequelize(withIamAuth({ ...given, iamAuth: options }));
    await sequelize.authenticate();
    addIamAuth(sequelize).remove();
    const handle = addIamAuth(sequelize, options);
    await sequelize.authenticate();
    expect(handle.stats).toMatchObject({ accepted: 1, connecting: 0 });
    await sequelize.close();
  });
});

describe('remove', () => {
  it.each([
    {},
    { replication: { write: { host: freshHost() }, read: [{ host: freshHost() }] } },
  ] satisfies Options[])('leaves the instance as it was: %j', async (options) => {
    const sequelize = connectable(options).create();
    const manager = managerOf(sequelize);
    const targets = [
      sequelize,
      manager,
      manager.pool,
      manager.pool.read,
      manager.pool.write,
    ].filter((target) => target !== undefined);
    const before = targets.map(names);
    const handle = addIamAuth(sequelize, iamAuth);
    expect(targets.map(names)).not.toEqual(before);
    handle.remove();
    handle.remove();
    expect(targets.map(names)).toEqual(before);
    expect(sequelize.hasHook('beforeConnect')).toBeFalsy();
    expect(Object.getOwnPropertySymbols(sequelize)).toEqual([]);
    await sequelize.close();
  });

  it('refuses waiting connections', async () => {
    const { create, opened } = connectable();
    const sequelize = create();
    const { remove } = addIamAuth(sequelize, { ...iamAuth, limiter: full() });
    const query = rejected(sequelize.query('SELECT 1'));
    await new Promise((resolve) => setTimeout(resolve, 20));
    remove();
    let timer: NodeJS.Timeout | undefined;
    const later = new Promise((resolve) => {
      timer = setTimeout(() => resolve('waits still'), 5_000);
    });
    expect(await Promise.race([query.then(({ code }) => code), later])).toBe('ERR_IAM_AUTH_CLOSED');
    clearTimeout(timer);
    expect(opened).toEqual([]);
    await sequelize.close();
  });

  it('lets the instance connect as it would without', async () => {
    const { create, opened } = connectable();
    const sequelize = create();
    addIamAuth(sequelize, iamAuth).remove();
    await sequelize.authenticate();
    expect(opened[0]).not.toHaveProperty('ssl');
    await sequelize.close();
  });
});

describe('an instance that is closed', () => {
  it('refuses waiting connections', async () => {
    const { create, opened } = connectable();
    const sequelize = create();
    let answer: () => void = () => undefined;
    const credentials = () =>
      new Promise<typeof CREDENTIALS>((resolve) => (answer = () => resolve(CREDENTIALS)));
    addIamAuth(sequelize, { credentials });
    const query = rejected(sequelize.query('SELECT 1'));
    await new Promise((resolve) => setImmediate(resolve));
    void sequelize.close();
    const error = await query;
    expect(error.code).toBe('ERR_IAM_AUTH_CLOSED');
    answer();
    expect(opened).toEqual([]);
    await sequelize.close();
  });
});

it('asks for no slot when an earlier hook has weakened TLS', async () => {
  const { create, opened } = connectable();
  const sequelize = create();
  sequelize.addHook('beforeConnect', (config) => {
    config.dialectOptions = { ssl: false } as object;
  });
  let asked = 0;
  const limiter: ConnectionLimiter = {
    acquire: () => {
      asked += 1;
      return Promise.resolve({ settle: () => undefined });
    },
  };
  addIamAuth(sequelize, { ...iamAuth, limiter });

  expect((await rejected(sequelize.authenticate())).code).toBe('ERR_IAM_AUTH_TLS');
  expect({ asked, opened }).toEqual({ asked: 0, opened: [] });
  await sequelize.close();
});

describe('the user’s own roots', () => {
  const own = '-----BEGIN CERTIFICATE-----\nown\n-----END CERTIFICATE-----';

  it('replace the bundled ones', async () => {
    const { create, opened } = connectable({ dialectOptions: { ssl: { ca: own } } });
    const sequelize = create();
    addIamAuth(sequelize, iamAuth);
    await sequelize.authenticate();
    expect(opened[0]?.ssl).toMatchObject({ ca: own });
    await sequelize.close();
  });

  it('are refused in two places', async () => {
    const { create, opened } = connectable({ dialectOptions: { ssl: { ca: own } } });
    const sequelize = create();
    addIamAuth(sequelize, { ...iamAuth, tls: { ca: own } });
    const error = await rejected(sequelize.authenticate());
    expect(error.code).toBe('ERR_IAM_AUTH_OPTIONS');
    expect(error.message).toBe(
      'Both iamAuth.tls.ca and dialectOptions.ssl.ca are set: remove iamAuth.tls.ca or dialectOptions.ssl.ca',
    );
    expect(opened).toEqual([]);
    await sequelize.close();
  });
});

it('asks for the slots of an endpoint, whoever logs in there', async () => {
  const host = freshHost();
  const keys = new Set<string>();
  const limiter: ConnectionLimiter = {
    acquire: ({ key }) => {
      keys.add(key);
      return Promise.resolve({ settle: () => undefined });
    },
  };
  for (const username of ['app', 'other']) {
    const sequelize = connectable({ host, username }).create();
    addIamAuth(sequelize, { ...iamAuth, limiter });
    await sequelize.authenticate();
    await sequelize.close();
  }
  expect([...keys]).toEqual([`${host}:3306`]);
});

it('refuses to connect through a pool that replaced the watched one', async () => {
  const { create, opened } = connectable();
  const sequelize = create();
  addIamAuth(sequelize, iamAuth);
  managerOf(sequelize).initPools();

  const error = await rejected(sequelize.authenticate());
  expect(error.code).toBe('ERR_IAM_AUTH_UNSUPPORTED');
  expect(error.message).toContain('The pool was replaced');
  expect(opened).toEqual([]);
  await sequelize.close();
});

it('refuses to connect without a login when a later hook takes longer than its lease', async () => {
  const { create, opened } = connectable({ dialectOptions: { connectTimeout: 1 } });
  const sequelize = create();
  addIamAuth(sequelize, iamAuth);
  const realNow = performance.now.bind(performance);
  const later = jest.spyOn(performance, 'now');
  sequelize.addHook('beforeConnect', () => {
    later.mockImplementation(() => realNow() + 10_000);
  });
  try {
    await expect(sequelize.authenticate()).rejects.toThrow();
    expect(opened).toEqual([]);
  } finally {
    later.mockRestore();
    await sequelize.close();
  }
});

it('connects when a later hook takes less than the driver’s time-out and 5 s', async () => {
  const { create, opened } = connectable({ dialectOptions: { connectTimeout: 1 } });
  const sequelize = create();
  addIamAuth(sequelize, iamAuth);
  const realNow = performance.now.bind(performance);
  const later = jest.spyOn(performance, 'now');
  sequelize.addHook('beforeConnect', () => {
    later.mockImplementation(() => realNow() + 4_900);
  });
  try {
    await sequelize.authenticate();
    expect(opened).toHaveLength(1);
  } finally {
    later.mockRestore();
    await sequelize.close();
  }
});

it.each([
  [{ ssl: false }, 'ERR_IAM_AUTH_TLS'],
  [{ ssl: { rejectUnauthorized: false } }, 'ERR_IAM_AUTH_TLS'],
  [{ debug: true }, 'ERR_IAM_AUTH_OPTIONS'],
  [{ password: 'secret-1' }, 'ERR_IAM_AUTH_OPTIONS'],
  [{ host: 'elsewhere.example' }, 'ERR_IAM_AUTH_HOOK_ORDER'],
  [{ port: 1 }, 'ERR_IAM_AUTH_HOOK_ORDER'],
  [{ user: 'somebody_else' }, 'ERR_IAM_AUTH_HOOK_ORDER'],
])('connects nowhere when a later hook sets dialectOptions to %j', async (dialectOptions, code) => {
  const { create, opened } = connectable();
  const sequelize = create();
  const handle = addIamAuth(sequelize, iamAuth);
  sequelize.addHook('beforeConnect', (config) => {
    config.dialectOptions = { ...config.dialectOptions, ...dialectOptions };
  });

  expect((await rejected(sequelize.authenticate())).code).toBe(code);
  expect(opened).toEqual([]);
  expect(handle.stats.connecting).toBe(0);
  await sequelize.close();
});

describe('what the user brings', () => {
  let warned: string[];
  beforeEach(() => {
    warned = [];
    jest.spyOn(process, 'emitWarning').mockImplementation((text) => void warned.push(String(text)));
  });
  afterEach(() => void jest.restoreAllMocks());

  const fail = () => {
    throw new Error('disk full');
  };
  const failLater = (): unknown => Promise.reject(new Error('disk full'));

  it.each([
    ['a logger', { logger: { debug: fail } }, 'the logger failed: disk full'],
    [
      'a limiter',
      { limiter: { acquire: () => Promise.resolve({ settle: fail }) } },
      'the limiter failed to settle a slot: disk full',
    ],
    [
      'a limiter, later,',
      { limiter: { acquire: () => Promise.resolve({ settle: () => failLater() }) } },
      'the limiter failed to settle a slot: disk full',
    ],
  ])('%s that throws costs no connection, and is reported', async (_, options, message) => {
    const { create, opened } = connectable();
    const sequelize = create();
    const handle = addIamAuth(sequelize, { ...iamAuth, ...options });

    await sequelize.authenticate();
    expect(opened).toHaveLength(1);
    expect(handle.stats).toMatchObject({ connecting: 0, accepted: 1, failed: 0 });
    expect(warned).toContain(`sequelize-rds-iam: ${message}`);
    await sequelize.close();
  });
});

describe('what it refuses at once, leaving nothing behind', () => {
  it.each([
    [{ password: 'secret-1' }, {}, 'ERR_IAM_AUTH_OPTIONS'],
    [{ dialectOptions: { ssl: false } }, {}, 'ERR_IAM_AUTH_TLS'],
    [{ host: 'db.internal' }, {}, 'ERR_IAM_AUTH_ENDPOINT'],
    [{}, { region: 'us-east-1' }, 'ERR_IAM_AUTH_REGION'],
    [{}, { limiter: { limit: 0 } }, 'ERR_IAM_AUTH_OPTIONS'],
    [{ replication: { write: {}, read: [{ password: 'secret-1' }] } }, {}, 'ERR_IAM_AUTH_OPTIONS'],
  ] as const)('%j with %j: %s', (sequelizeOptions, options, code) => {
    const { given } = connectable();
    const sequelize = new Sequelize({ ...given, ...sequelizeOptions } as Options);
    const before = names(managerOf(sequelize));
    const error = caught(() => addIamAuth(sequelize, options));
    expect(error.code).toBe(code);
    expect(error.message).not.toContain('secret-1');
    expect(names(managerOf(sequelize))).toEqual(before);
    expect(sequelize.hasHook('beforeConnect')).toBeFalsy();
  });

  it.each([
    [{}, 'This is not a Sequelize instance'],
    [{ hooks: {} }, 'This is not a Sequelize instance, or its version is unknown'],
    [{ getDialect: () => 'mysql', addHook: () => 0, removeHook: () => 0 }, 'not a Sequelize'],
  ])('%j as no Sequelize 6', (target, message) => {
    const error = caught(() => addIamAuth(target as unknown as SequelizeLike));
    expect(error.code).toBe('ERR_IAM_AUTH_UNSUPPORTED');
    expect(error.message).toContain(message);
  });
});

it('warns of pool settings that defeat the limit, and only then', () => {
  const warn = jest.fn();
  addIamAuth(connectable().create(), { ...iamAuth, logger: { warn } });
  expect(warn).not.toHaveBeenCalled();
  addIamAuth(connectable({ pool: { max: 50, idle: 1 } }).create(), {
    ...iamAuth,
    logger: { warn },
  });
  expect(warn.mock.calls).toEqual([
    [expect.stringContaining('sequelize-rds-iam: pool.idle is 1 ms')],
  ]);
  addIamAuth(connectable({ pool: { max: 50, idle: 1 } }).create(), {
    ...iamAuth,
    logger: { warn },
    limiter: false,
  });
  expect(warn).toHaveBeenCalledTimes(1);
});
