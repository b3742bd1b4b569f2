import { deepStrictEqual, ok } from 'node:assert';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { startCluster } from '../../harness/cells';
import { startSilentServer } from '../../harness/silent-server';
import {
  CLOSING_STATES,
  IDLE_MS,
  LOGIN_MS,
  type ClosingPlan,
  type ClosingReport,
  type ClosingState,
} from '../closing-plan';
import type { Experiment } from '../experiment';
import { failedWith } from '../experiment';
import { startForwarder } from '../../harness/forwarder';
import { placesOf, typeScriptEnvironment } from '../second-process';
import { CONNECT_TIMEOUT_MS, type Stage } from '../stage';

const PROGRAM = join(__dirname, '../programs/closing.ts');
const SLOW_MS = 100;
/** What a machine at work may add. */
const LATE_MS = 1_000;
/** Sequelize's `pool.evict`. */
const EVICT_MS = 1_000;
/** Where logins are under way, how long they may take. */
const LOGINS_UNDER_WAY: Readonly<Partial<Record<ClosingState, number>>> = {
  'queries running': LOGIN_MS,
  connecting: LOGIN_MS,
  'silent server': CONNECT_TIMEOUT_MS,
};
/** The program says itself what hangs, long before. */
const ENDS_WITHIN_MS = 60_000;

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}

/** Ends instances in every state, in another process. */
async function endEverywhere(stage: Stage, end: ClosingPlan['end']): Promise<void> {
  const { cell } = stage;
  const [cluster, silent, deadPort] = await Promise.all([
    startCluster(cell),
    startSilentServer(cell.dialect),
    freePort(),
  ]);
  stage.onClose(cluster.close);
  stage.onClose(silent.close);
  const slow = await Promise.all(cluster.all.map(({ emulator }) => startForwarder(emulator.port)));
  for (const forwarder of slow) {
    forwarder.setLatency(SLOW_MS);
    stage.onClose(forwarder.close);
  }
  await Promise.all(cluster.all.map(({ emulator }) => emulator.setLimit()));
  const plan: ClosingPlan = {
    cell: cell.name,
    places: placesOf(cluster),
    states: CLOSING_STATES.filter((state) => isBearable(stage, end, state)),
    end,
    slowPorts: slow.map(({ port }) => port),
    silentPort: silent.port,
    deadPort,
  };
  const child = spawn(
    process.execPath,
    ['--require', require.resolve('esbuild-register'), PROGRAM, JSON.stringify(plan)],
    {
      env: typeScriptEnvironment(),
    },
  );
  stage.onClose(() => child.kill('SIGKILL'));
  let said = '';
  let complained = '';
  let saidAt = Infinity;
  child.stdout.on('data', (bytes: Buffer) => {
    said += bytes.toString();
    saidAt = performance.now();
  });
  child.stderr.on('data', (bytes: Buffer) => (complained += bytes.toString()));
  const bound = setTimeout(() => child.kill('SIGKILL'), ENDS_WITHIN_MS);
  const [exitCode] = (await once(child, 'close')) as [number | null];
  clearTimeout(bound);
  const reports = said
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as ClosingReport);
  const states = new Set(reports.map(({ state }) => state));
  const missing = plan.states.filter((state) => !states.has(state));
  deepStrictEqual({ missing, exitCode, complained }, { missing: [], exitCode: 0, complained: '' });
  const lingeredMs = performance.now() - saidAt;
  ok(
    lingeredMs < lingersMs(stage, end),
    `The process ended only ${Math.round(lingeredMs)} ms after its work`,
  );
  account(stage, reports);
}

/** Without the package, the connector 3.0 of mariadb waits for a silent server forever, and `close()` of Sequelize 6 waits for it. */
function isBearable({ cell }: Stage, end: ClosingPlan['end'], state: ClosingState): boolean {
  const isOldMariaDb = cell.major === 6 && cell.dialect === 'mariadb';
  return !(isOldMariaDb && end === 'remove' && state === 'silent server');
}

/** How long the process may live after its work. */
function lingersMs({ cell }: Stage, end: ClosingPlan['end']): number {
  // Nobody cuts a login that is under way.
  if (cell.major === 6 || end === 'remove') return LOGIN_MS + LATE_MS;
  // Sequelize 7 does not wait for queries that run: it closes idle connections only, and leaves the others to `pool.idle`.
  return IDLE_MS + EVICT_MS + LATE_MS;
}

/** Checks the reports, and has their queries judged with the application's own. */
function account(stage: Stage, reports: readonly ClosingReport[]): void {
  for (const { state, lastQueryMs, endMs, queries, wasAborted } of reports) {
    const mostMs = (LOGINS_UNDER_WAY[state] ?? 0) + LATE_MS;
    ok(lastQueryMs < mostMs, `${state}: a query ended ${Math.round(lastQueryMs)} ms later`);
    ok(endMs < mostMs, `${state}: it took ${Math.round(endMs)} ms`);
    if (state === 'idle' || state === 'queries running')
      ok(
        queries.every(({ error }) => error === undefined),
        `${state}: a query failed`,
      );
    if (state === 'waiting for a limiter of its own') ok(wasAborted, 'The limiter was not told');
  }
  const now = performance.now();
  const results = reports.flatMap(({ state, queries }) =>
    queries.map(({ tookMs, error }, index) => ({
      id: `${state}-${index}`,
      kind: 'read' as const,
      startedAt: now - tookMs,
      endedAt: now,
      ...(error && { error }),
    })),
  );
  stage.join({ stop: () => Promise.resolve({ results, hanging: [] }) });
}

/** An instance ends, in whatever state it is. */
export const closeExperiments: readonly Experiment[] = (['close', 'remove'] as const).map(
  (end) => ({
    id: `process-${end}`,
    group: 'Process',
    isAlone: true,
    fault: {
      close: 'Instances are closed in every state: idle, at work, waiting, connecting, in backoff',
      remove: 'IAM authentication is removed from instances in every state',
    }[end],
    remedy:
      'Nothing: what waits ends at once. With Sequelize 7, await the queries that run before `close()`: it leaves their connections open for `pool.idle`. Call `process.exit()` after `close()` if the credential endpoint may hang: the request of the AWS SDK cannot be ended',
    run: (stage) => endEverywhere(stage, end),
    errors: ['ERR_IAM_AUTH_CLOSED', 'INSTANCE_CLOSED', 'ETIMEDOUT', 'ECONNREFUSED'],
    queryMs: 10_000,
    recoveryMs: 0,
    isMet: failedWith('ERR_IAM_AUTH_CLOSED'),
  }),
);
