import { AsyncLocalStorage } from 'node:async_hooks';
import { inspect } from 'node:util';
import { Sequelize } from 'sequelize';
import { countBy, peakPerSecond } from 'rds-iam-emulator';
import { until } from '../../harness/eventually';
import { CREDENTIALS, outcomes, times } from '../../harness/rds';
import { togetherIt } from '../../harness/together';
import { onBench, type Bench } from '../../harness/matrix-bench';
import {
  cells,
  createSequelize,
  iamAuthFor,
  optionsFor,
  type AnySequelize,
  type Cell,
} from '../../harness/cells';
import { type LoginOutcome, withIamAuth } from 'sequelize-rds-iam';

const READ = { type: 'SELECT' };
const LIMIT = 19;
const AT_ONCE = 4;

/** What must appear nowhere: parts of every token, and of the credentials that sign it. */
const SECRETS = ['X-Amz-', CREDENTIALS.secretAccessKey, CREDENTIALS.sessionToken.slice(0, 20)];

const show = (value: unknown) =>
  inspect(value, { depth: null, maxStringLength: null, maxArrayLength: null, getters: false });

/** The driver's option for the longest that a connection may take. */
const timeoutOption = ({ major, dialect }: Cell, ms: number): object => {
  const option = dialect === 'postgres' ? { connectionTimeoutMillis: ms } : { connectTimeout: ms };
  return major === 6 ? { dialectOptions: option } : option;
};

const refusedBy = ({ dialect }: Cell) =>
  dialect === 'postgres' ? 'SequelizeConnectionError' : 'SequelizeAccessDeniedError';

/** Spares Sequelize 6 the connection that asks for it. */
const versionOf = ({ dialect }: Cell) => (dialect === 'postgres' ? '15.0.0' : '10.11.0');

/** Sequelize 6 finds the transaction through a namespace like cls-hooked's, version 7 by itself; the returned function ends it. */
function useCls(): () => void {
  const storage = new AsyncLocalStorage<Map<string, unknown>>();
  Sequelize.useCLS({
    bind: <T>(work: T) => work,
    run: (work: (context: unknown) => unknown) =>
      storage.run(new Map(storage.getStore()), () => work(storage.getStore())),
    get: (key: string) => storage.getStore()?.get(key),
    set: (key: string, value: unknown) => storage.getStore()?.set(key, value),
  });
  return () => void Reflect.deleteProperty(Sequelize, '_cls');
}

/** Reads and writes, half and half, so that both pools of a replication set are at work. */
const load = (sequelize: AnySequelize, cell: Cell, queries: number, seconds: number) => [
  ...times(queries / 2, () => sequelize.query(cell.sleep(seconds))),
  ...times(queries / 2, () => sequelize.query(cell.sleep(seconds), READ)),
];

/** The promises that hold in every cell, whatever the Sequelize, the driver and the number of hosts. */
export function describeCells(dialect: Cell['dialect']): void {
  const mine = cells.filter((cell) => cell.dialect === dialect);

  // One after the other, for they touch what the process has but once.
  describe.each(mine)('$name', (cell) => {
    describeAlone((name, test) => {
      it(name, () => onBench(cell, {}, test));
    }, cell);
  });

  describe('together', () => {
    const together = togetherIt(AT_ONCE);
    for (const cell of mine)
      describe(cell.name, () => {
        describeTogether((name, test) => {
          together(name, () => onBench(cell, {}, test));
        }, cell);
      });
  });
}

type ItOnBench = (name: string, test: (bench: Bench) => Promise<void>) => void;

function describeAlone(itOnBench: ItOnBench, cell: Cell): void {
  itOnBench(
    'logs in at each host for its own endpoint and user, and nothing complains',
    async ({ cluster, connect, attempts }) => {
      const complaints: unknown[] = [];
      const listen = (warning: unknown) => void complaints.push(warning);
      process.on('warning', listen);
      const said = (['error', 'warn'] as const).map((method) =>
        jest.spyOn(console, method).mockImplementation((...args) => void complaints.push(args)),
      );
      const { sequelize, iam } = connect();

      const { errors } = await outcomes(load(sequelize, cell, 20, 0.05));
      await until(() => iam.stats.waiting + iam.stats.connecting === 0);

      const seen = await attempts();
      said.forEach((spy) => spy.mockRestore());
      process.off('warning', listen);
      expect(errors).toEqual([]);
      expect(complaints).toEqual([]);
      expect(countBy(seen.flat(), 'outcome')).toEqual({ accepted: iam.stats.accepted });
      cluster.all.forEach((rds, index) => {
        expect(seen[index]?.length).toBeGreaterThan(0);
        expect(new Set(seen[index]?.map((each) => `${each.username}@${each.servername}`))).toEqual(
          new Set([`${rds.username}@${rds.hostname}`]),
        );
      });
    },
  );

  itOnBench('keeps a transaction that an asynchronous context carries', async ({ connect }) => {
    const forget = cell.major === 6 ? useCls() : () => undefined;
    const { sequelize } = connect();
    const table = `context_${cell.major}_${cell.dialect}_${cell.replication ? 'many' : 'one'}`;
    await sequelize.query(`CREATE TABLE ${table} (id INT)`);

    const undone = sequelize.transaction(async () => {
      await Promise.all(times(3, () => sequelize.query(`INSERT INTO ${table} (id) VALUES (1)`)));
      throw new Error('no');
    });

    await expect(undone).rejects.toThrow('no');
    await expect(sequelize.query(`SELECT id FROM ${table}`, READ)).resolves.toEqual([]);
    await sequelize.query(`DROP TABLE ${table}`);
    forget();
  });
}

function describeTogether(itOnBench: ItOnBench, cell: Cell): void {
  itOnBench(
    'stays below 20 logins a second at each host, and every query succeeds',
    async ({ connect, attempts, setFaults }) => {
      await setFaults({ jitterMs: [0, 200] });
      const { sequelize, iam } = connect({ options: { pool: { max: 40 } } });

      const { errors } = await outcomes(load(sequelize, cell, 120, 0.4));
      // Where the machine is busy, some connections open when their query has been served.
      await until(() => iam.stats.waiting + iam.stats.connecting === 0);

      const seen = await attempts();
      expect(errors).toEqual([]);
      expect(countBy(seen.flat(), 'outcome')).toEqual({ accepted: seen.flat().length });
      const peak = Math.max(...seen.map(peakPerSecond));
      expect(peak).toBeLessThanOrEqual(LIMIT);
      // That it is reached is for a run in a process of its own: demo.test.ts.
      expect(peak).toBeGreaterThan(LIMIT / 2);
    },
  );

  itOnBench('shows the token nowhere', async ({ cluster, connect, setFaults }) => {
    const seen: unknown[] = [];
    const record = (...args: unknown[]) => void seen.push(args);
    const { sequelize, iam } = connect({
      options: {
        logging: record,
        hooks: { beforeConnect: record, afterConnect: record, afterPoolAcquire: record },
      },
      iamAuth: { logger: { debug: record, warn: record } },
    });
    await sequelize.query('SELECT 1');
    await setFaults({ deny: true });
    await Promise.all(cluster.all.map((rds) => rds.emulator.killConnections()));
    const { errors } = await outcomes([
      sequelize.query('SELECT 1'),
      sequelize.query('SELECT 1', READ),
    ]);
    seen.push(errors, sequelize, iam, iam.stats);

    const shown = show(seen);
    expect(errors.length).toBeGreaterThan(0);
    expect(shown).toContain('Signed a token for');
    expect(SECRETS.filter((secret) => shown.includes(secret))).toEqual([]);
  });

  itOnBench(
    'tells of a refused login in Sequelize’s own error, and logs in again afterwards',
    async ({ connect, setFaults }) => {
      await setFaults({ deny: true });
      const { sequelize, iam } = connect();

      const refused = await outcomes([sequelize.query('SELECT 1')]);
      await setFaults({});

      expect(refused.errors).toMatchObject([{ name: refusedBy(cell) }]);
      expect(String(refused.errors[0])).toContain('IAM authentication for');
      await expect(sequelize.query('SELECT 1')).resolves.toBeDefined();
      expect(iam.stats).toMatchObject({ denied: 1, connecting: 0, waiting: 0 });
    },
  );

  itOnBench(
    'gives up a silent server after the driver’s time-out, and connects to one that speaks',
    async ({ connect, setFaults }) => {
      await setFaults({ silentAt: 'connect' });
      const { sequelize, iam } = connect({ options: timeoutOption(cell, 2_000) });

      const { errors } = await outcomes([sequelize.query('SELECT 1')]);
      await setFaults({});

      expect(errors).toHaveLength(1);
      await expect(sequelize.query('SELECT 1')).resolves.toBeDefined();
      expect(iam.stats).toMatchObject({ failed: 1, connecting: 0 });
    },
  );

  itOnBench(
    'says of a login that timed out whether the server may still count it, which it cannot without a token',
    async ({ connect, setFaults }) => {
      const settled: LoginOutcome[] = [];
      const settle = (outcome: LoginOutcome) => void settled.push(outcome);

      // The second must get as far as the token in its time, on a busy machine too.
      for (const { faults, timeoutMs } of [
        { faults: { silentAt: 'connect' }, timeoutMs: 1_000 },
        { faults: { delayMs: 30_000 }, timeoutMs: 5_000 },
      ]) {
        await setFaults(faults);
        const { sequelize } = connect({
          options: { ...timeoutOption(cell, timeoutMs), databaseVersion: versionOf(cell) },
          iamAuth: { limiter: { acquire: () => Promise.resolve({ settle }) } },
        });
        const { errors } = await outcomes([sequelize.query('SELECT 1')]);
        expect(errors).toHaveLength(1);
      }

      expect(settled).toEqual(['failed', 'timeout']);
    },
  );

  itOnBench('commits and rolls back transactions', async ({ connect }) => {
    const { sequelize } = connect();
    const table = `cell_${cell.major}_${cell.dialect}_${cell.replication ? 'many' : 'one'}`;
    await sequelize.query(`CREATE TABLE ${table} (id INT)`);
    const insert = (id: number) => (transaction: object) =>
      sequelize.query(`INSERT INTO ${table} (id) VALUES (${id})`, { transaction });

    await sequelize.transaction(insert(1));
    const undone = sequelize.transaction(async (transaction) => {
      await insert(2)(transaction);
      throw new Error('no');
    });

    await expect(undone).rejects.toThrow('no');
    await expect(sequelize.query(`SELECT id FROM ${table}`, READ)).resolves.toEqual([{ id: 1 }]);
    await sequelize.query(`DROP TABLE ${table}`);
  });

  itOnBench(
    'is tried again as often as Sequelize’s retry option says',
    async ({ connect, setFaults }) => {
      await setFaults({ deny: true });
      const { sequelize, iam } = connect({
        options: { retry: { max: 3, match: [/denied|PAM/] }, databaseVersion: versionOf(cell) },
      });

      const { errors } = await outcomes([sequelize.query('SELECT 1')]);

      expect(errors).toMatchObject([{ name: refusedBy(cell) }]);
      expect(iam.stats).toMatchObject({ denied: 3, connecting: 0 });
    },
  );

  itOnBench(
    'runs the user’s own hooks, once for each connection and in their order',
    async ({ connect }) => {
      const calls: string[] = [];
      const hook = (name: string) => () => void calls.push(name);
      const { sequelize } = connect({
        options: {
          hooks: {
            beforeConnect: hook('beforeConnect'),
            afterConnect: hook('afterConnect'),
            beforePoolAcquire: hook('beforePoolAcquire'),
            afterPoolAcquire: hook('afterPoolAcquire'),
          },
          databaseVersion: versionOf(cell),
        },
      });
      await sequelize.query('SELECT 1');

      expect(calls).toEqual([
        'beforePoolAcquire',
        'beforeConnect',
        'afterConnect',
        'afterPoolAcquire',
      ]);
    },
  );

  itOnBench(
    'ends the wait of connections when it is closed, and opens none afterwards',
    async ({ connect, attempts }) => {
      const { sequelize, iam } = connect({
        options: { pool: { max: 30 } },
        iamAuth: { limiter: { limit: 2 } },
      });
      const queries = times(30, () => sequelize.query(cell.sleep(0.1)));
      const settled = outcomes(queries);
      await Promise.race(queries);
      expect(iam.stats.waiting).toBeGreaterThan(0);
      await sequelize.close();

      const { errors } = await settled;
      const opened = (await attempts()).flat().length;
      // Longer than a slot rests: whoever still waited would connect by now.
      await new Promise((resolve) => setTimeout(resolve, 1_100));

      expect(errors.length).toBeGreaterThan(0);
      expect(new Set(errors.map((error) => (error as { code?: string }).code))).toEqual(
        new Set(['ERR_IAM_AUTH_CLOSED']),
      );
      expect((await attempts()).flat()).toHaveLength(opened);
      expect(iam.stats).toMatchObject({ waiting: 0, connecting: 0 });
    },
  );

  itOnBench(
    'works by the flag in the options, which stay as they were',
    async ({ cluster, opened }) => {
      const options = { ...optionsFor(cell, cluster), iamAuth: iamAuthFor(cluster) };
      const before = { ...options };
      const sequelize = createSequelize(cell, withIamAuth(options));
      opened({ sequelize });

      await expect(sequelize.query('SELECT 1')).resolves.toBeDefined();
      await expect(sequelize.query('SELECT 1', READ)).resolves.toHaveLength(1);
      expect(options).toEqual(before);
    },
  );

  itOnBench(
    'reports a host that cannot be signed for by the first connection at the latest',
    async ({ cluster, opened }) => {
      const options = optionsFor(cell, cluster);
      const iamAuth = iamAuthFor(cluster, { endpoint: undefined });
      const connect = async () => {
        const sequelize = createSequelize(cell, withIamAuth({ ...options, iamAuth }));
        opened({ sequelize });
        await sequelize.query('SELECT 1');
      };

      await expect(connect()).rejects.toMatchObject({ code: 'ERR_IAM_AUTH_ENDPOINT' });
    },
  );
}
