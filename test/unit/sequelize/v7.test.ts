import { AsyncResource } from 'node:async_hooks';
import { inspect } from 'node:util';
import { Sequelize } from '@sequelize/core';
import { addIamAuth, type IamAuthOptions } from '../../../src';
import { configAccess7, sequelize7 } from '../../../src/sequelize/v7';
import { advanceUntil } from '../../harness/advance-until';
import { caught, rejected } from '../../harness/caught';
import { freshHost } from '../../harness/recording-driver';
import { create, CREDENTIALS, recorded } from '../../harness/recording-sequelize-7';

const iamAuth: IamAuthOptions = { credentials: CREDENTIALS };
const READ = { type: 'SELECT' } as const;

/** Everything of an instance that the package touches. */
function touched(sequelize: Sequelize): object[] {
  const { write, read } = sequelize.pool;
  const pools = read === null ? [write] : [write, read];
  const factories = pools.map((pool) => (pool as unknown as { _factory: object })._factory);
  return [
    sequelize,
    sequelize.dialect,
    sequelize.dialect.connectionManager,
    sequelize.pool,
    ...pools,
    ...factories,
  ];
}

const noop = () => undefined;
const names = (target: object) => Object.getOwnPropertyNames(target).sort();
const replicated = (write: string, ...read: string[]) => ({
  host: undefined,
  replication: { write: { host: write }, read: read.map((host) => ({ host })) },
});

describe('an instance with IAM authentication', () => {
  it('ends no process because a connection breaks that is in no pool yet, and hides no other error', async () => {
    const sequelize = create(recorded().given);
    const handle = addIamAuth(sequelize, iamAuth);
    const unknown = {};
    await expect(sequelize.pool.destroy(unknown)).resolves.toBeUndefined();

    await sequelize.query('SELECT 1');
    const connection = (await sequelize.pool.acquire()) as object;
    sequelize.hooks.addListener('beforeDisconnect', () => {
      throw new Error('no farewell');
    });
    await expect(sequelize.pool.destroy(connection)).rejects.toThrow('no farewell');

    handle.remove();
    await expect(sequelize.pool.destroy(unknown)).rejects.toThrow(/which pool/);
  });

  it('logs in with verified TLS, at MySQL’s port where none is given, and counts it', async () => {
    const { given, opened } = recorded();
    const sequelize = create(given);
    const handle = addIamAuth(sequelize, iamAuth);
    await sequelize.query('SELECT 1');
    expect(opened).toHaveLength(1);
    expect(opened[0]).toMatchObject({
      port: 3306,
      ssl: { rejectUnauthorized: true, verifyIdentity: true },
    });
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

  it('shows neither a token nor credentials to whoever prints it', async () => {
    const sequelize = create(recorded().given);
    const handle = addIamAuth(sequelize, iamAuth);
    await sequelize.query('SELECT 1');
    for (const printed of [
      inspect(sequelize, { depth: null }),
      inspect(handle, { depth: null, showHidden: true }),
      JSON.stringify(handle),
    ]) {
      expect(printed).not.toContain('X-Amz');
      expect(printed).not.toContain(CREDENTIALS.secretAccessKey);
    }
    await sequelize.close();
  });

  it('signs for each host of a replication set', async () => {
    const [writer, reader, other] = [freshHost(), freshHost(), freshHost()];
    const { given, opened } = recorded(replicated(writer, reader, other));
    const sequelize = create(given);
    addIamAuth(sequelize, iamAuth);
    await Promise.all([sequelize.query('SELECT 1', READ), sequelize.query('SELECT 1', READ)]);
    await sequelize.query('UPDATE x SET y = 1');
    expect(opened.map(({ host }) => host)).toEqual([reader, other, writer]);
    await sequelize.close();
  });

  it('keeps the context of the application in its queries and hooks', async () => {
    const sequelize = create(recorded(replicated(freshHost(), freshHost())).given);
    addIamAuth(sequelize, iamAuth);
    const seen = await sequelize.transaction(async (transaction) => {
      await sequelize.query('SELECT 1');
      return sequelize.getCurrentClsTransaction() === transaction;
    });
    expect(seen).toBe(true);
    await sequelize.close();
  });
});

describe('whether a connection is still wanted', () => {
  /** Two queries of which the first leaves a connection for the second, with a limit of one login a second. */
  async function share(options: object, ask: (sequelize: Sequelize) => Promise<unknown>) {
    jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate'] });
    try {
      const { given, opened } = recorded(options);
      const sequelize = create(given);
      const iam = addIamAuth(sequelize, { ...iamAuth, limiter: { limit: 1 } });
      const asked = Promise.all([ask(sequelize), ask(sequelize)]);
      await advanceUntil(() => iam.stats.accepted + iam.stats.notNeeded === 2);
      await asked;
      return { opened, stats: iam.stats };
    } finally {
      jest.useRealTimers();
    }
  }

  const host = freshHost();
  it.each([
    ['a single pool', {}, {}],
    ['the readers', replicated(freshHost(), freshHost()), READ],
    ['the writer', replicated(freshHost(), freshHost()), {}],
    ['a reader that is the writer’s host', replicated(host, host), READ],
    ['the writer that is a reader’s host', replicated(host, host), {}],
  ])('is judged by the pool it is for: %s', async (_, options, query) => {
    const { opened, stats } = await share(options, (sequelize) =>
      sequelize.query('SELECT 1', query),
    );
    expect(opened).toHaveLength(1);
    expect(stats).toMatchObject({ accepted: 1, notNeeded: 1, waiting: 0 });
  });

  it('is judged by the same pool where a hook goes through another context', async () => {
    const outside = new AsyncResource('outside');
    const { opened } = await share(
      {
        ...replicated(freshHost(), freshHost()),
        hooks: {
          beforeConnect: () =>
            new Promise<void>((resolve) => outside.runInAsyncScope(setImmediate, null, resolve)),
        },
      },
      (sequelize) => sequelize.query('SELECT 1', READ),
    );
    expect(opened).toHaveLength(1);
  });
});

describe('remove', () => {
  it.each([{}, replicated(freshHost(), freshHost())])(
    'leaves the instance as it was: %j',
    async (options) => {
      const sequelize = create(recorded(options).given);
      const targets = touched(sequelize);
      const before = targets.map(names);
      const values = targets.map((target) => ({ ...target }));
      const handle = addIamAuth(sequelize, iamAuth);
      expect(targets.map(names)).not.toEqual(before);
      handle.remove();
      handle.remove();
      expect(targets.map(names)).toEqual(before);
      targets.forEach((target, index) => expect({ ...target }).toEqual(values[index]));
      expect(sequelize.hooks.hasListeners('beforeConnect')).toBe(false);
      expect(Object.getOwnPropertySymbols(sequelize)).toEqual([]);
      await sequelize.close();
    },
  );

  it('lets the instance connect as it would without', async () => {
    const { given, opened } = recorded({ port: 3306 });
    const sequelize = create(given);
    addIamAuth(sequelize, iamAuth).remove();
    await sequelize.query('SELECT 1');
    expect(opened[0]).not.toHaveProperty('ssl');
    await sequelize.close();
  });

  it('lets it be added anew', async () => {
    const { given } = recorded(replicated(freshHost(), freshHost()));
    const sequelize = create(given);
    addIamAuth(sequelize, iamAuth).remove();
    const handle = addIamAuth(sequelize, { ...iamAuth, region: 'eu-west-1' });
    await sequelize.query('SELECT 1', READ);
    expect(handle.stats).toMatchObject({ accepted: 1, connecting: 0 });
    await sequelize.close();
  });
});

describe('adding it again', () => {
  it('returns the same handle, and refuses other options', () => {
    const sequelize = create(recorded().given);
    const handle = addIamAuth(sequelize, iamAuth);
    expect(addIamAuth(sequelize)).toBe(handle);
    expect(addIamAuth(sequelize, { ...iamAuth })).toBe(handle);
    const error = caught(() => addIamAuth(sequelize, { region: 'eu-west-1' }));
    expect(error.code).toBe('ERR_IAM_AUTH_OPTIONS');
    expect(sequelize.hooks.getListenerCount('beforeConnect')).toBe(1);
  });
});

describe('an instance that is closed', () => {
  it('opens no waiting connection', async () => {
    const { given, opened } = recorded();
    const sequelize = create(given);
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
    await sequelize.close();
    expect(opened).toEqual([]);
  });

  it('opens none afterwards either, and says so in Sequelize’s words', async () => {
    const { given, opened } = recorded();
    const sequelize = create(given);
    addIamAuth(sequelize, iamAuth);
    await sequelize.close();
    await expect(sequelize.query('SELECT 1')).rejects.toThrow('sequelize.close was called');
    expect(opened).toEqual([]);
  });
});

describe('hooks of the application', () => {
  it('before it may say where to connect', async () => {
    const { given, opened } = recorded();
    const sequelize = create(given);
    const host = freshHost();
    sequelize.hooks.addListener('beforeConnect', (config) => {
      Object.assign(config, { host });
    });
    addIamAuth(sequelize, iamAuth);
    await sequelize.query('SELECT 1');
    expect(opened[0]).toMatchObject({ host });
    await sequelize.close();
  });

  it.each([
    [{ host: 'other.abc.eu-west-1.rds.amazonaws.com' }, 'ERR_IAM_AUTH_HOOK_ORDER'],
    [{ user: 'admin' }, 'ERR_IAM_AUTH_HOOK_ORDER'],
    [{ port: 3307 }, 'ERR_IAM_AUTH_HOOK_ORDER'],
    [{ ssl: false }, 'ERR_IAM_AUTH_TLS'],
    [{ password: 'secret-1' }, 'ERR_IAM_AUTH_OPTIONS'],
  ])('after it may not undo what it has decided: %j', async (change, code) => {
    const { given, opened } = recorded();
    const sequelize = create(given);
    addIamAuth(sequelize, iamAuth);
    sequelize.hooks.addListener('beforeConnect', (config) => {
      Object.assign(config, change);
    });
    const error = await rejected(sequelize.query('SELECT 1'));
    expect(error.code).toBe(code);
    expect(error.message).not.toContain('secret-1');
    expect(opened).toEqual([]);
    expect(addIamAuth(sequelize).stats.connecting).toBe(0);
    await sequelize.close();
  });

  it('after it may change the rest', async () => {
    const { given, opened } = recorded();
    const sequelize = create(given);
    addIamAuth(sequelize, iamAuth);
    sequelize.hooks.addListener('beforeConnect', (config) => {
      Object.assign(config, { charset: 'utf8mb4', ssl: { minVersion: 'TLSv1.3' } });
    });
    await sequelize.query('SELECT 1');
    expect(opened[0]).toMatchObject({
      charset: 'utf8mb4',
      ssl: { minVersion: 'TLSv1.3', verifyIdentity: true },
    });
    await sequelize.close();
  });
});

describe('what it refuses at once, leaving nothing behind', () => {
  it.each([
    [{ password: 'secret-1' }, {}, 'ERR_IAM_AUTH_OPTIONS'],
    [{ ssl: false }, {}, 'ERR_IAM_AUTH_TLS'],
    [{ host: 'db.internal' }, {}, 'ERR_IAM_AUTH_ENDPOINT'],
    [{}, { region: 'us-east-1' }, 'ERR_IAM_AUTH_REGION'],
    [{}, { limiter: { limit: 0 } }, 'ERR_IAM_AUTH_OPTIONS'],
    [replicated(freshHost(), 'localhost'), {}, 'ERR_IAM_AUTH_ENDPOINT'],
  ])('%j with %j: %s', (options, given, code) => {
    const sequelize = create(recorded(options).given);
    const targets = touched(sequelize);
    const before = targets.map(names);
    const error = caught(() => addIamAuth(sequelize, given));
    expect(error.code).toBe(code);
    expect(error.message).not.toContain('secret-1');
    expect(targets.map(names)).toEqual(before);
    expect(sequelize.hooks.hasListeners('beforeConnect')).toBe(false);
  });

  it.each([
    { hooks: { addListener: noop, removeListener: noop } },
    {
      hooks: { addListener: noop, removeListener: noop },
      close: noop,
      pool: { write: { acquire: noop }, read: null },
      dialect: { connectionManager: { connect: noop } },
    },
  ])('an object that is no known Sequelize 7: %#', (target) => {
    const error = caught(() => sequelize7(target));
    expect(error.code).toBe('ERR_IAM_AUTH_UNSUPPORTED');
    expect(error.message).toContain('@sequelize/core 7');
  });
});

describe('the layout of Sequelize 7', () => {
  it.each([
    [{}, { port: 5432, ssl: {} }],
    [{ port: 5433 }, { port: 5433, ssl: {} }],
    [
      { ssl: 1, old: 2 },
      { port: 5432, ssl: {}, old: 2 },
    ],
  ])('puts changes into %j, and takes them out again', (given, changed) => {
    const config = { ...given };
    const restore = configAccess7({}, 5432).applyChanges(config, { ssl: {}, gone: undefined });
    expect(config).toEqual(changed);
    expect(config).not.toHaveProperty('gone');
    restore();
    expect(config).toEqual(given);
  });
});
