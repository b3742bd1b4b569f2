import { notStrictEqual, ok } from 'node:assert';
import { addIamAuth } from 'sequelize-rds-iam';
import { createSequelize, iamAuthFor, optionsFor, type AnySequelize } from '../../harness/cells';
import { times } from '../../harness/rds';
import type { Experiment } from '../experiment';
import { secondCopy } from '../second-copy';
import { startSecond } from '../second-process';
import { ACQUIRE_MS, CONNECT_TIMEOUT_MS, MAX_USES, withDefaults, type Stage } from '../stage';
import { Workload, type Crew, type QueryResult } from '../workload';

const STALL_MS = 3_000;
const HOLD_MS = 4_000;
const APPLICATIONS = 10;
/** More than the limit admits in a second. */
const MANY = 24;

let workloads = 0;

/** Lets these instances work for a while beside the application, and has their queries judged with its own. */
async function workBeside(
  stage: Stage,
  instances: readonly AnySequelize[],
  crew: Crew,
): Promise<void> {
  const { cell, ledger } = stage;
  const all = instances.map((sequelize) => {
    workloads += 1;
    return new Workload(sequelize, cell, ledger.table, `beside-${process.pid}-${workloads}`, crew);
  });
  for (const workload of all) workload.start();
  await stage.wait(HOLD_MS);
  await Promise.all(
    all.map(async (workload) => {
      const hanging = await workload.stop(ACQUIRE_MS);
      const { results } = workload;
      ok(results.length > 0, 'An application beside has done nothing');
      stage.join({ stop: () => Promise.resolve({ results, hanging }) });
    }),
  );
}

/** An instance to which another copy of the package adds IAM authentication. */
function connectWithCopy({ cell, cluster }: Stage): AnySequelize {
  const copy = secondCopy();
  notStrictEqual(copy.addIamAuth, addIamAuth);
  const pool = { max: MANY, acquire: ACQUIRE_MS, maxUses: MAX_USES };
  const { options, iamAuth } = withDefaults(cell, { options: { pool } });
  const sequelize = createSequelize(cell, optionsFor(cell, cluster, options));
  copy.addIamAuth(sequelize, iamAuthFor(cluster, iamAuth));
  return sequelize;
}

/** What happens to a process while it goes on. */
export const processExperiments: readonly Experiment[] = [
  {
    id: 'process-stalled',
    group: 'Process',
    fault: 'The event loop of the process is stalled for 3 s',
    remedy: 'Move the computation to a worker thread',
    isShort: true,
    run: () => {
      const endsAt = performance.now() + STALL_MS;
      while (performance.now() < endsAt);
      return Promise.resolve();
    },
    // The drivers find that their time is over before they read the answers that have come meanwhile.
    errors: ['ETIMEDOUT'],
    queryMs: STALL_MS + CONNECT_TIMEOUT_MS + 1_000,
    recoveryMs: 1_000,
    isMet: ({ queries }) => longestSilenceMs(queries) >= STALL_MS,
  },
  {
    id: 'process-many-applications',
    group: 'Process',
    fault: 'Ten more applications of the process use the same endpoint for 4 s',
    remedy: 'Nothing: they share the limit; use one instance for all if the waits are too long',
    run: async (stage) => {
      const applications = times(APPLICATIONS, () => stage.another());
      const instances = applications.map(({ sequelize }) => sequelize);
      await workBeside(stage, instances, { read: 2, write: 1, transaction: 0, long: 0 });
      await Promise.all(instances.map((sequelize) => sequelize.close()));
    },
    errors: [],
    queryMs: ACQUIRE_MS,
    recoveryMs: 0,
    isMet: ({ attempts }) => attempts.every(({ length }) => length > APPLICATIONS),
  },
  {
    id: 'process-copies',
    group: 'Process',
    fault: 'Two copies of the package are loaded in one process',
    remedy: 'Nothing: the copies share the limit',
    run: async (stage) => {
      const sequelize = connectWithCopy(stage);
      try {
        await workBeside(stage, [sequelize], { read: MANY, write: 1, transaction: 0, long: 0 });
      } finally {
        await sequelize.close();
      }
    },
    errors: [],
    queryMs: ACQUIRE_MS,
    recoveryMs: 0,
    isMet: ({ attempts }) => attempts.flat().length > MANY,
  },
  {
    id: 'process-workers',
    group: 'Process',
    fault: 'One of two worker threads beside the application is terminated at work',
    remedy: 'Nothing: with `limiter.processes: 3`, each of the three threads has its own share',
    isAlone: true,
    prepare: () => ({ iamAuth: { limiter: { processes: 3 } } }),
    run: async (stage) => {
      // Logins that take long, so that some are under way when the thread ends.
      await stage.setFaults({ delayMs: 600 });
      const threads = await Promise.all(
        times(2, () => startSecond(stage, { processes: 3 }, 'thread')),
      );
      for (const thread of threads) stage.join(thread);
      await stage.wait(HOLD_MS / 2);
      await threads.at(0)?.kill();
      await stage.wait(HOLD_MS / 2);
      await stage.setFaults();
    },
    errors: [],
    queryMs: ACQUIRE_MS,
    recoveryMs: 0,
    // `run` throws if a thread was not at work.
    isMet: ({ queries }) => queries.some(({ id }) => id.startsWith('second')),
  },
];

/** The longest time in which no query ended. */
function longestSilenceMs(queries: readonly QueryResult[]): number {
  const ends = queries.map(({ endedAt }) => endedAt).sort((one, other) => one - other);
  return Math.max(0, ...ends.map((end, index) => end - (ends[index - 1] ?? end)));
}
