import dns from 'node:dns';
import { hostOptionsFor, type Place } from '../harness/cells';
import { startForwarder, type Forwarder } from '../harness/forwarder';
import type { Settings } from './experiment';
import type { Stage } from './stage';

const forwarders = new WeakMap<Stage, readonly Forwarder[]>();

/** The forwarders through which the stage's application connects, one for each endpoint. */
export function forwardersOf(stage: Stage): readonly Forwarder[] {
  const own = forwarders.get(stage);
  if (own === undefined) throw new Error('The stage has no forwarders');
  return own;
}

/** Puts a forwarder in front of each endpoint of the stage. */
export async function throughForwarders(stage: Stage): Promise<Settings> {
  const { cell, cluster, onClose } = stage;
  const own = await Promise.all(
    cluster.all.map(async (rds) => ({ rds, forwarder: await startForwarder(rds.emulator.port) })),
  );
  onClose(() => Promise.all(own.map(({ forwarder }) => forwarder.close())));
  forwarders.set(
    stage,
    own.map(({ forwarder }) => forwarder),
  );
  const portOf = (wanted: Place) =>
    own.find(({ rds }) => rds === wanted)?.forwarder.port ?? wanted.emulator.port;
  return {
    options: hostOptionsFor(cell, cluster, (rds) => ({ host: '127.0.0.1', port: portOf(rds) })),
    iamAuth: {
      endpoint: ({ port }) => ({
        hostname: own.find(({ forwarder }) => forwarder.port === port)?.rds.hostname,
      }),
    },
  };
}

/** The names of RDS endpoints, as this process resolves them until the stage closes. */
export interface Names {
  readonly settings: Settings;
  readonly pointTo: (address: string) => void;
}

/** The application connects to the endpoints' own names, which lead to this address of loopback, at the ports of the emulators. */
export function byName({ cell, cluster, onClose }: Stage, first: string): Names {
  const { lookup } = dns;
  let address = first;
  // Its overloads end with the callback, whatever comes between.
  dns.lookup = ((hostname: string, ...rest: unknown[]): unknown =>
    Reflect.apply(lookup, dns, [
      cluster.all.some((rds) => rds.hostname === hostname) ? address : hostname,
      ...rest,
    ])) as typeof lookup;
  onClose(() => {
    dns.lookup = lookup;
  });
  const port = cell.dialect === 'postgres' ? 5432 : 3306;
  return {
    settings: {
      options: hostOptionsFor(cell, cluster, ({ hostname, emulator }) => ({
        host: hostname,
        port: emulator.port,
      })),
      iamAuth: { endpoint: { port } },
    },
    pointTo: (next) => {
      address = next;
    },
  };
}
