import { failedWith, type Experiment } from '../experiment';
import { forwardersOf, throughForwarders } from '../network';
import { SERVER } from '../server-faults';

const shared = { ...SERVER, breaksConnections: true } as const;

/** Established connections that end, and instances that do. */
export const instanceExperiments: readonly Experiment[] = [
  {
    ...shared,
    id: 'server-restarted',
    fault: 'The instance restarts, in 1.5 s',
    remedy: 'Nothing; repeat what failed',
    isShort: true,
    run: async ({ stop, restart, wait }) => {
      await stop();
      await wait(1_500);
      await restart();
    },
    errors: ['ECONNREFUSED', 'ECONNRESET'],
    isMet: failedWith('ECONNREFUSED'),
  },
  {
    ...shared,
    id: 'server-connections-killed',
    fault: 'All connections are killed in the middle of their queries, three times',
    remedy: 'Nothing; repeat what failed',
    run: async ({ killConnections, wait }) => {
      for (let turn = 0; turn < 3; turn += 1) {
        await killConnections();
        await wait(200);
      }
    },
    errors: ['ECONNRESET'],
    isMet: failedWith('ECONNRESET'),
  },
  {
    ...shared,
    id: 'server-connections-killed-often',
    fault: 'All connections are killed once a second',
    remedy: 'Find out who kills them: a proxy, an administrator, or lack of memory',
    isShort: true,
    run: async ({ killConnections, wait }) => {
      for (let turn = 0; turn < 5; turn += 1) {
        await killConnections();
        await wait(1_000);
      }
    },
    errors: ['ECONNRESET'],
    isMet: failedWith('ECONNRESET'),
  },
  {
    ...shared,
    id: 'server-connections-short',
    fault: 'The server ends each connection after 300 ms',
    remedy: 'Find out who ends them: a proxy, or a time-out of the server',
    run: async ({ setFaults, wait }) => {
      await setFaults({ closeAfterMs: 300 });
      await wait(4_000);
      await setFaults();
    },
    errors: ['ECONNRESET'],
    isMet: failedWith('ECONNRESET'),
  },
  {
    ...shared,
    id: 'server-connections-few-answers',
    fault: 'The server ends each connection after a few queries',
    remedy: 'Set pool.maxUses below that number, or pool.idle below the time-out of the server',
    prepare: throughForwarders,
    run: async (stage) => {
      // Those of the login and of Sequelize's first statements count too.
      for (const forwarder of forwardersOf(stage)) forwarder.hangUpAfter(20);
      await stage.wait(4_000);
      for (const forwarder of forwardersOf(stage)) forwarder.hangUpAfter(Infinity);
    },
    errors: ['ECONNRESET'],
    isMet: failedWith('ECONNRESET'),
  },
];
