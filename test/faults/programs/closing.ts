/**
 * An application in a process of its own whose instances are closed, or lose their IAM authentication, while their connections are in
 * every state. It says what became of each query, and must then end by itself.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { ConnectionLimiter } from 'sequelize-rds-iam';
import { cells, connectCell, type CellApplication, type Places } from '../../harness/cells';
import { CREDENTIALS } from '../../harness/rds';
import {
  IDLE_MS,
  LOGIN_MS,
  type ClosingPlan,
  type ClosingReport,
  type ClosingState,
} from '../closing-plan';
import type { Settings } from '../experiment';
import { ACQUIRE_MS, connectTimeout, withDefaults } from '../stage';
import { describeFailure } from '../workload';

const READ = { type: 'SELECT' };
const QUERIES = 8;
const POOL = { max: QUERIES, acquire: ACQUIRE_MS, idle: IDLE_MS };
const REACHED_WITHIN_MS = 10_000;
const ENDS_WITHIN_MS = LOGIN_MS + 2_000;
/** Far beyond what the states need, so that only the one that waits for a slot does. */
const PLENTY = { limit: 1_000, key: 'plenty' };

const plan = JSON.parse(process.argv.at(-1) ?? '') as ClosingPlan;
const cell = cells.find(({ name }) => name === plan.cell);

/** Known, so that all connections are of the pool. */
const databaseVersion = cell?.dialect === 'postgres' ? '15.0.0' : '10.11.0';

let wasAborted = false;
/** Grants nothing, and rejects when it is told to stop. */
const ownLimiter: ConnectionLimiter = {
  acquire: ({ signal }) =>
    new Promise((_resolve, reject) => {
      signal?.addEventListener('abort', () => {
        wasAborted = true;
        reject(signal.reason as Error);
      });
    }),
};

/** How an instance gets into a state, and how to see that it is there. */
interface Way {
  readonly settings?: Settings['iamAuth'];
  readonly ports?: readonly number[];
  /** Of a name of its own, so that its failures delay no others. */
  readonly isApart?: boolean;
  readonly isReached: (stats: CellApplication['iam']['stats'], ended: number) => boolean;
}

const places = [plan.places.writer, ...plan.places.readers];
const everywhere = (port: number) => places.map(() => port);

const WAYS: Readonly<Record<ClosingState, Way>> = {
  idle: { isReached: (_stats, ended) => ended === QUERIES },
  'queries running': {
    isReached: ({ accepted, connecting, waiting }) =>
      accepted > 2 && connecting === 0 && waiting === 0,
  },
  'waiting for credentials': {
    // Not the SDK's own chain: nobody can end its request to an endpoint that hangs, and that keeps the process alive.
    settings: { credentials: () => new Promise(() => undefined) },
    isReached: ({ waiting }) => waiting > 0,
  },
  'waiting for a slot': {
    settings: { limiter: { limit: 2, key: 'few' } },
    isReached: ({ accepted, waiting }) => accepted > 1 && waiting > 0,
  },
  'waiting for a limiter of its own': {
    settings: { limiter: ownLimiter },
    isReached: ({ waiting }) => waiting > 0,
  },
  connecting: { ports: plan.slowPorts, isReached: ({ connecting }) => connecting > 0 },
  'silent server': {
    ports: everywhere(plan.silentPort),
    isApart: true,
    isReached: ({ connecting }) => connecting > 0,
  },
  backoff: {
    ports: everywhere(plan.deadPort),
    isApart: true,
    isReached: ({ failed, waiting }) => failed > 2 && waiting > 0,
  },
};

/** The places, at other ports, and with other names. */
function placesFor({ ports, isApart = false }: Way, state: ClosingState): Places {
  const [writer, ...readers] = places.map((place, index) => ({
    ...place,
    hostname: isApart ? `${state.replaceAll(' ', '-')}-${place.hostname}` : place.hostname,
    emulator: { port: ports?.[index] ?? place.emulator.port },
  }));
  if (writer === undefined) throw new Error('There is no writer');
  return { ...plan.places, writer, readers };
}

function timeoutsOf(state: ClosingState): object {
  if (cell === undefined || state === 'silent server') return {};
  return connectTimeout(cell, LOGIN_MS);
}

/** Says what hangs, before the experiment kills the process. */
async function inTime<T>(work: Promise<T>, what: string): Promise<T> {
  const ended = new AbortController();
  const late = delay(ENDS_WITHIN_MS, undefined, { signal: ended.signal }).then(
    () => Promise.reject(new Error(`${what} did not end`)),
    () => work,
  );
  try {
    return await Promise.race([work, late]);
  } finally {
    ended.abort();
  }
}

async function end(state: ClosingState): Promise<ClosingReport> {
  if (cell === undefined) throw new Error(`There is no cell ${plan.cell}`);
  const way = WAYS[state];
  const iamAuth = {
    credentials: CREDENTIALS,
    profile: undefined,
    limiter: PLENTY,
    ...way.settings,
  };
  const { sequelize, iam } = connectCell(
    cell,
    placesFor(way, state),
    withDefaults(cell, { options: { pool: POOL, databaseVersion, ...timeoutsOf(state) }, iamAuth }),
  );
  const startedAt = performance.now();
  let ended = 0;
  let failure: string | undefined;
  let lastEndedAt = startedAt;
  const sql = state === 'queries running' ? cell.sleep(1) : 'SELECT 1';
  const queries = Array.from({ length: QUERIES }, async () => {
    const error = await sequelize.query(sql, READ).then(() => undefined, describeFailure);
    ended += 1;
    failure ??= error?.message;
    lastEndedAt = performance.now();
    return { tookMs: lastEndedAt - startedAt, ...(error && { error }) };
  });
  const deadline = performance.now() + REACHED_WITHIN_MS;
  while (!way.isReached(iam.stats, ended)) {
    if (performance.now() > deadline)
      throw new Error(`${state}: not reached: ${failure ?? JSON.stringify(iam.stats)}`);
    await delay(5);
  }
  const endsAt = performance.now();
  if (plan.end === 'close') await inTime(sequelize.close(), `${state}: close()`);
  else iam.remove();
  const endMs = performance.now() - endsAt;
  const results = await inTime(Promise.all(queries), `${state}: its queries`);
  const lastQueryMs = Math.max(0, lastEndedAt - endsAt);
  if (plan.end === 'remove') await inTime(sequelize.close(), `${state}: close() after remove()`);
  return { state, endMs, lastQueryMs, wasAborted, queries: results };
}

for (const state of plan.states)
  void end(state).then((report) => process.stdout.write(`${JSON.stringify(report)}\n`));
