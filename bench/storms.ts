import { createRequire } from 'node:module';
import { setTimeout as sleep } from 'node:timers/promises';
import { join } from 'node:path';
import type { Options, Sequelize } from 'sequelize';
import type { MySqlFaults, MySqlEndpoint } from 'rds-iam-emulator';
import type { Endpoint } from './endpoints';

/** Sequelize's options, with one that its types leave out: with it, Sequelize opens no version probe. */
type StormOptions = Options & { readonly databaseVersion?: string };

/** An application in a storm: it logs in by hand or with the package. */
export interface Application {
  /** Another Sequelize instance of the application's. */
  readonly connect: (max: number, options?: StormOptions) => Sequelize;
  /** The same, with the second copy of the package that some dependency brings along. */
  readonly connectWithCopy: (max: number, options?: StormOptions) => Sequelize;
  /** Runs a query that sleeps this long, on a reader where there are some and `useMaster` is not set, and records how it went. */
  readonly query: (sequelize: Sequelize, seconds: number, useMaster?: boolean) => Promise<void>;
  readonly emulator: MySqlEndpoint;
  readonly endpoints: readonly Endpoint[];
}

export interface Storm {
  readonly name: string;
  /** Whether the server is healthy and connections are wanted all the time, so that the rate says something. */
  readonly isSteady?: boolean;
  readonly faults?: MySqlFaults;
  readonly run: (application: Application) => Promise<void>;
}

const VERSION = '8.0.36';

const all = (count: number, start: () => Promise<void>) =>
  Promise.all(Array.from({ length: count }, start));

/** `workers` that run one query after another until the time is over. */
async function work(
  { query }: Application,
  sequelize: Sequelize,
  { workers, seconds, forMs }: { workers: number; seconds: number; forMs: number },
): Promise<void> {
  const end = performance.now() + forMs;
  await all(workers, async () => {
    while (performance.now() < end) await query(sequelize, seconds);
  });
}

const burst = async (application: Application, options: StormOptions = {}) => {
  const sequelize = application.connect(50, options);
  await all(200, () => application.query(sequelize, 0.3));
};

export const storms: readonly Storm[] = [
  { name: 'cold burst: 200 queries, max 50', isSteady: true, run: (app) => burst(app) },
  {
    name: 'cold burst: 115 long queries, max 115',
    isSteady: true,
    run: async ({ connect, query }) => {
      const sequelize = connect(115);
      await all(115, () => query(sequelize, 7));
    },
  },
  {
    name: 'max 1, access denied in a loop, 4 s',
    faults: { deny: true },
    run: (app) => work(app, app.connect(1), { workers: 1, seconds: 0, forMs: 4_000 }),
  },
  {
    name: 'server resets at accept, 200 queries, 4 s',
    faults: { resetAt: 'connect' },
    run: async (app) => {
      const sequelize = app.connect(50, { databaseVersion: VERSION, pool: { acquire: 4_000 } });
      await all(200, () => app.query(sequelize, 0.1));
    },
  },
  {
    name: 'server silent, 60 queries, 6 s',
    faults: { silentAt: 'connect' },
    run: async (app) => {
      const sequelize = app.connect(50, { databaseVersion: VERSION, pool: { acquire: 6_000 } });
      const queries = all(60, () => app.query(sequelize, 0.1));
      await sleep(6_500);
      await app.emulator.setFaults({});
      await app.emulator.killConnections();
      await queries;
    },
  },
  {
    name: '1 s outage under 40 workers, max 20',
    run: async (app) => {
      const working = work(app, app.connect(20), { workers: 40, seconds: 0.05, forMs: 8_000 });
      await sleep(4_000);
      await app.emulator.setFaults({ resetAt: 'connect' });
      await app.emulator.killConnections();
      await sleep(1_000);
      await app.emulator.setFaults({});
      await working;
    },
  },
  {
    name: 'mass disconnect, min = max = 30',
    run: async (app) => {
      const sequelize = app.connect(30, { pool: { min: 30 } });
      await all(30, () => app.query(sequelize, 3));
      await app.emulator.killConnections();
      await sleep(3_500);
    },
  },
  {
    name: 'maxUses 1, max 5, 20 workers, 4 s',
    isSteady: true,
    run: (app) =>
      work(app, app.connect(5, { pool: { maxUses: 1 } }), {
        workers: 20,
        seconds: 0,
        forMs: 4_000,
      }),
  },
  {
    name: 'idle churn: idle 100 ms, 10 bursts of 20',
    run: async (app) => {
      const sequelize = app.connect(20, { pool: { idle: 100, evict: 50 } });
      for (let round = 0; round < 10; round += 1) {
        await all(20, () => app.query(sequelize, 0.01));
        await sleep(220);
      }
    },
  },
  {
    name: 'retry { max: 10, match: any }, denied, 20 queries',
    faults: { deny: true },
    run: async (app) => {
      const retry = { max: 10, match: [/./] };
      const sequelize = app.connect(5, { retry, pool: { acquire: 4_000 } });
      const queries = all(20, () => app.query(sequelize, 0.1));
      await sleep(4_000);
      await app.emulator.setFaults({});
      await queries;
    },
  },
  {
    name: 'replication, 3 hosts, max 50',
    run: async (app) => {
      const hosts = app.endpoints.map(({ target: { host, port } }) => ({ host, port }));
      const [write = {}, ...read] = hosts;
      const replication = { write, read } as NonNullable<Options['replication']>;
      const sequelize = app.connect(50, { replication });
      await Promise.all([
        all(40, () => app.query(sequelize, 0.5, true)),
        all(100, () => app.query(sequelize, 0.5)),
      ]);
    },
  },
  {
    name: '5 Sequelize instances, one endpoint',
    isSteady: true,
    run: async (app) => {
      const instances = Array.from({ length: 5 }, () => app.connect(10));
      await Promise.all(instances.map((one) => all(20, () => app.query(one, 0.5))));
    },
  },
  {
    name: 'two copies of the package',
    isSteady: true,
    run: async (app) => {
      const instances = [app.connect(30), app.connectWithCopy(30)];
      await Promise.all(instances.map((one) => all(40, () => app.query(one, 0.5))));
    },
  },
  {
    name: '1 s event-loop stall in mid-burst',
    run: async (app) => {
      const bursting = burst(app);
      await sleep(250);
      const end = performance.now() + 1_000;
      while (performance.now() < end);
      await bursting;
    },
  },
  {
    name: 'logins jitter by 0-300 ms, max 115',
    isSteady: true,
    faults: { jitterMs: [0, 300] },
    run: async ({ connect, query }) => {
      const sequelize = connect(115);
      await all(115, () => query(sequelize, 7));
    },
  },
  {
    name: 'clock stepped 2 min back and forth',
    isSteady: true,
    run: async (app) => {
      const { now } = Date;
      let offsetMs = 0;
      Date.now = () => now() + offsetMs;
      const steps = setInterval(() => (offsetMs = offsetMs === 0 ? -120_000 : 0), 150);
      try {
        await burst(app);
      } finally {
        clearInterval(steps);
        Date.now = now;
      }
    },
  },
];

/** The package as it is built, which is another copy than the sources that this process runs. */
export function secondCopy(): typeof import('../src/index') {
  const load = createRequire(__filename);
  return load(join(__dirname, '../dist/index.js')) as typeof import('../src/index');
}
