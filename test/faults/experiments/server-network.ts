import { startCrowdedServer } from '../../harness/crowded-server';
import { attemptsEnded, failedWith, type Experiment, type Seen } from '../experiment';
import { forwardersOf, throughForwarders } from '../network';
import { ACQUIRE_MS, CONNECT_TIMEOUT_MS, connectTimeout, POOL } from '../stage';

/** With the backoff and a login, less than a query may wait. */
const HOLD_MS = 3_000;
const LOGIN_MS = 5_000;
const LATENCY_MS = 100;
/** The backoff's longest delay, with a margin for a busy machine. */
const BACKOFF_MS = 1_500;
/** A query that waits gets an error before the pool's own; then it may have to run. */
const WAIT_MS = ACQUIRE_MS + 1_500;

const tookLonger =
  (ms: number) =>
  ({ queries }: Seen): boolean =>
    queries.some(({ startedAt, endedAt }) => endedAt - startedAt > ms);

/** What happens between the application and the server. */
export const networkExperiments: readonly Experiment[] = [
  {
    id: 'server-refusing',
    group: 'Server',
    fault: 'The port refuses connections',
    remedy: 'Check that the instance or the tunnel runs, and on which port',
    run: async ({ stop, restart, wait }) => {
      await stop();
      await wait(HOLD_MS);
      await restart();
    },
    errors: ['ECONNREFUSED', 'ECONNRESET'],
    breaksConnections: true,
    queryMs: WAIT_MS,
    recoveryMs: BACKOFF_MS,
    isMet: failedWith('ECONNREFUSED'),
  },
  {
    id: 'server-unreachable',
    group: 'Server',
    fault: 'Packets to the server are dropped, and its connections are cut',
    remedy: "Check the instance's security group, and the route to it",
    prepare: throughForwarders,
    run: async (stage) => {
      const dropped = await Promise.all(
        forwardersOf(stage).map(async (forwarder) => {
          await forwarder.stopListening();
          return startCrowdedServer(forwarder.port);
        }),
      );
      await stage.wait(HOLD_MS);
      await Promise.all(dropped.map((each) => each.close()));
      await Promise.all(forwardersOf(stage).map((forwarder) => forwarder.listenAgain()));
    },
    errors: ['ETIMEDOUT', 'ECONNREFUSED', 'ECONNRESET'],
    breaksConnections: true,
    queryMs: WAIT_MS,
    recoveryMs: CONNECT_TIMEOUT_MS + BACKOFF_MS,
    isMet: failedWith('ETIMEDOUT'),
  },
  {
    id: 'server-network-cut',
    group: 'Server',
    fault: 'The network passes nothing on for 3 s, and connections stay open',
    remedy: 'Nothing, if it recovers; otherwise check the route to the instance',
    prepare: throughForwarders,
    run: async (stage) => {
      for (const forwarder of forwardersOf(stage)) forwarder.pause();
      await stage.wait(3_000);
      for (const forwarder of forwardersOf(stage)) forwarder.resume();
    },
    errors: ['ETIMEDOUT'],
    queryMs: WAIT_MS,
    recoveryMs: CONNECT_TIMEOUT_MS + BACKOFF_MS,
    isMet: tookLonger(2_500),
  },
  {
    id: 'server-slow-network',
    group: 'Server',
    fault: 'Each answer of the server takes 200 ms more',
    remedy: 'Run the application in the Region of the instance',
    prepare: throughForwarders,
    run: async (stage) => {
      for (const forwarder of forwardersOf(stage)) forwarder.setLatency(LATENCY_MS);
      await stage.wait(HOLD_MS);
      for (const forwarder of forwardersOf(stage)) forwarder.setLatency(0);
    },
    errors: [],
    queryMs: WAIT_MS,
    recoveryMs: 0,
    // Almost all of those of that time, and few of a busy machine's.
    isMet: ({ queries }) =>
      queries.filter(
        ({ kind, startedAt, endedAt }) => kind === 'read' && endedAt - startedAt > 2 * LATENCY_MS,
      ).length > 20,
  },
  {
    id: 'server-slow-login',
    group: 'Server',
    fault: "A login takes 5 s, and the driver's time-out is longer",
    remedy: 'Raise pool.acquire above the time of a login; give the instance more memory',
    prepare: ({ cell }) => ({
      options: { ...connectTimeout(cell, 2 * LOGIN_MS), pool: { ...POOL, acquire: 20_000 } },
    }),
    run: async ({ setFaults, wait }) => {
      await setFaults({ delayMs: LOGIN_MS });
      await wait(HOLD_MS);
      await setFaults();
    },
    errors: [],
    queryMs: LOGIN_MS + 3_000,
    recoveryMs: 0,
    isMet: tookLonger(LOGIN_MS / 2),
  },
  {
    id: 'server-slow-login-timeout',
    group: 'Server',
    fault: "A login takes 5 s, longer than the driver's time-out",
    remedy: "Raise the driver's time-out of logins and pool.acquire; give the instance more memory",
    run: async ({ setFaults, wait }) => {
      await setFaults({ delayMs: LOGIN_MS });
      await wait(HOLD_MS);
      await setFaults();
    },
    errors: ['ETIMEDOUT'],
    queryMs: WAIT_MS,
    recoveryMs: CONNECT_TIMEOUT_MS + BACKOFF_MS,
    isMet: failedWith('ETIMEDOUT'),
  },
  {
    id: 'server-too-many-logins',
    group: 'Server',
    fault: 'All connections are cut, and RDS denies logins beyond 2 in a second',
    remedy: 'Set limiter.processes to the number of processes, and keep connections open',
    run: async ({ cluster, killConnections, wait }) => {
      await Promise.all(cluster.all.map(({ emulator }) => emulator.setLimit(2)));
      await killConnections();
      await wait(HOLD_MS);
      await Promise.all(cluster.all.map(({ emulator }) => emulator.setLimit(20)));
    },
    errors: ['ER_ACCESS_DENIED_ERROR', '28000', 'ECONNRESET'],
    breaksConnections: true,
    queryMs: WAIT_MS,
    recoveryMs: BACKOFF_MS,
    isMet: attemptsEnded(({ outcome }) => outcome === 'throttled'),
  },
];
