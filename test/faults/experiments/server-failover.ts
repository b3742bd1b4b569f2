import type { Cell } from '../../harness/cells';
import { failedWith, type Experiment } from '../experiment';
import { startForwarder, type Forwarder } from '../../harness/forwarder';
import { byName, type Names } from '../network';
import { SERVER } from '../server-faults';
import type { Stage } from '../stage';
import { prepareReader, turnIntoReader } from '../reader-backend';

const isReplicated = ({ replication }: Cell) => replication;
const OLD = '127.0.0.2';
const NEW = '127.0.0.3';
const HANG_MS = 3_000;

const shared = { ...SERVER, breaksConnections: true } as const;

interface Failover {
  readonly names: Names;
  readonly old: readonly Forwarder[];
  readonly next: readonly Forwarder[];
}

const failovers = new WeakMap<Stage, Failover>();

async function prepareFailover(stage: Stage) {
  const { cluster, onClose } = stage;
  const at = (host: string) =>
    Promise.all(cluster.all.map(({ emulator: { port } }) => startForwarder(port, { host, port })));
  const [old, next] = [await at(OLD), await at(NEW)];
  onClose(() => Promise.all([...old, ...next].map((forwarder) => forwarder.close())));
  const names = byName(stage, OLD);
  failovers.set(stage, { names, old, next });
  return names.settings;
}

/** Lets the names lead to the new address, and fails if anything still connects to the old one, or nothing to the new one. */
async function failOver(stage: Stage, end: (old: Forwarder) => Promise<void>) {
  const failover = failovers.get(stage);
  if (failover === undefined) throw new Error('The stage is not prepared for a failover');
  failover.names.pointTo(NEW);
  // What resolved the name just before.
  await stage.wait(100);
  const before = failover.old.map((forwarder) => forwarder.accepted());
  await Promise.all(failover.old.map(end));
  await stage.wait(3_000);
  const after = failover.old.map((forwarder) => forwarder.accepted());
  if (after.join() !== before.join()) throw new Error('The old address got logins');
  if (failover.next.some((forwarder) => forwarder.accepted() === 0))
    throw new Error('The new address got no login');
}

/** Changes of roles and of addresses. */
export const failoverExperiments: readonly Experiment[] = [
  {
    ...shared,
    id: 'server-failover',
    fault: 'The name leads to another address, and connections to the old one are cut',
    remedy: 'Nothing; repeat what failed',
    isAlone: true,
    prepare: prepareFailover,
    run: (stage) => failOver(stage, (old) => old.stopListening().then(() => old.listenAgain())),
    errors: ['ECONNRESET'],
    isMet: failedWith('ECONNRESET'),
  },
  {
    ...shared,
    id: 'server-failover-hanging',
    fault: 'The name leads to another address, and connections to the old one hang for 3 s',
    remedy:
      "Set the driver's time-out of queries and TCP keep-alive: until a connection ends, its query waits",
    isAlone: true,
    prepare: prepareFailover,
    run: (stage) =>
      failOver(stage, async (old) => {
        old.pause();
        await stage.wait(HANG_MS);
        old.cut();
        old.resume();
      }),
    errors: ['ECONNRESET'],
    isMet: failedWith('ECONNRESET'),
  },
  {
    ...shared,
    id: 'server-writer-turned-reader',
    fault: 'The writer becomes a reader, and back',
    remedy: 'Connect to the cluster endpoint, which follows the writer; repeat what failed',
    isAlone: true,
    prepare: prepareReader,
    run: async (stage) => {
      const turnBack = await turnIntoReader(stage);
      await stage.wait(3_000);
      await turnBack();
    },
    // The server's own errors of the writes.
    errors: ['ER_OPTION_PREVENTS_STATEMENT', '25006', 'ECONNRESET'],
    isMet: failedWith('ER_OPTION_PREVENTS_STATEMENT', '25006'),
  },
  {
    ...shared,
    id: 'server-readers-gone',
    fault: 'The readers are gone, the writer lives',
    remedy: 'Use the reader endpoint of the cluster, which leads to the writer without readers',
    cells: isReplicated,
    run: async ({ cluster, stop, restart, wait }) => {
      await stop(cluster.readers);
      await wait(3_000);
      await restart(cluster.readers);
    },
    errors: ['ECONNREFUSED', 'ECONNRESET'],
    unharmed: ['write', 'transaction'],
    isMet: failedWith('ECONNREFUSED'),
  },
  {
    ...shared,
    id: 'server-one-reader-gone',
    fault: 'One of two readers is gone',
    remedy: 'Use the reader endpoint of the cluster, which leads to the readers that live',
    cells: isReplicated,
    run: async ({ cluster, stop, restart, wait }) => {
      await stop(cluster.readers.slice(0, 1));
      await wait(3_000);
      await restart(cluster.readers.slice(0, 1));
    },
    errors: ['ECONNREFUSED', 'ECONNRESET'],
    unharmed: ['write', 'transaction'],
    isMet: failedWith('ECONNREFUSED'),
  },
  {
    ...shared,
    id: 'server-writer-gone',
    fault: 'The writer is gone, the readers live',
    remedy: 'Fail over to a reader, if the service has not',
    cells: isReplicated,
    run: async ({ cluster, stop, restart, wait }) => {
      await stop([cluster.writer]);
      await wait(3_000);
      await restart([cluster.writer]);
    },
    errors: ['ECONNREFUSED', 'ECONNRESET'],
    unharmed: ['read', 'long'],
    isMet: failedWith('ECONNREFUSED'),
  },
];
