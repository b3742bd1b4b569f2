import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DEFAULT_PORT } from '../backend/backend-url';
import { createAuthority } from '../certificates/authority';
import { startControl } from '../control/http-control';
import { checkOptions } from './check-options';
import { clusterName } from './cluster-name';
import { Databases } from './databases';
import type { Emulator, StartEmulatorOptions } from './emulator-types';
import { competingVariables, environmentOf } from './environment';
import { openEndpoint, protocolOf } from './open-endpoint';
import { startCredentials } from './start-credentials';

/** The file that Node.js is to load first. */
const PRELOAD = join(__dirname, 'resolve.js');

type Closers = (() => Promise<void>)[];
type Controls = Pick<
  Emulator,
  | 'attempts'
  | 'clear'
  | 'faults'
  | 'setFaults'
  | 'setLimit'
  | 'setClockOffset'
  | 'killConnections'
  | 'failOver'
  | 'rotateCredentials'
  | 'setCredentialFaults'
  | 'credentialRequests'
>;

/** Ends all that was started, the last first, even if one of them fails. */
async function closeAll(closers: Readonly<Closers>): Promise<void> {
  const errors: unknown[] = [];
  for (const close of closers.toReversed())
    await close().catch((error: unknown) => errors.push(error));
  if (errors.length > 0) throw errors[0];
}

async function startInFrontOf(
  databases: Databases,
  options: StartEmulatorOptions,
  closers: Closers,
): Promise<Emulator> {
  const { hostname, region } = clusterName(options);
  const backend = databases.first;
  const authority = await createAuthority('rds-iam-emulator, of one run');
  const caFile = join(backend.folder, 'ca.pem');
  writeFileSync(caFile, authority.caPem, { mode: 0o600 });

  let clockOffsetMs = 0;
  const usernames = Object.keys(backend.users);
  const clock = () => Date.now() + clockOffsetMs;
  const { keys, services, accessKey } = await startCredentials(options, usernames, clock);
  closers.push(() => services.close());
  const endpoint = await openEndpoint(options, backend, authority, keys);
  closers.push(endpoint.close);

  const controls: Controls = {
    attempts: endpoint.attempts,
    clear: endpoint.clear,
    faults: endpoint.faults,
    setFaults: endpoint.setFaults,
    setLimit: endpoint.setLimit,
    setClockOffset: (offsetMs) => {
      clockOffsetMs = offsetMs;
      return endpoint.setClockOffset(offsetMs);
    },
    killConnections: endpoint.killConnections,
    failOver: async ({ backend: url } = {}) => {
      if (url !== undefined) await endpoint.setBackend(await databases.another(url));
      await endpoint.killConnections();
    },
    rotateCredentials: () => services.rotate(),
    setCredentialFaults: (faults) => services.setFaults(faults),
    credentialRequests: () => services.requests(),
  };
  const engine = protocolOf(backend);
  const control = await startControl({ engine, ...controls });
  closers.push(() => control.close());

  const env = environmentOf({
    hostname,
    region,
    port: endpoint.port,
    defaultPort: DEFAULT_PORT[engine],
    username: usernames[0] ?? '',
    database: backend.database,
    caFile,
    ...(accessKey && { accessKey }),
    services: services.env,
    controlOrigin: control.origin,
    preload: PRELOAD,
    nodeOptions: process.env['NODE_OPTIONS'],
  });
  let closed: Promise<void> | undefined;
  return {
    host: endpoint.host,
    port: endpoint.port,
    hostname,
    region,
    engine: backend.engine,
    ca: authority.caPem,
    caFile,
    env,
    unset: competingVariables(env),
    created: backend.created,
    control: { origin: control.origin },
    ...controls,
    removeAtEnd: backend.removeAtEnd,
    close: () => (closed ??= closeAll(closers)),
  };
}

/**
 * Starts an IAM-enabled RDS endpoint on loopback in front of a database, with everything that an application needs to log in to it.
 *
 * @throws {UsageError} that names the option, and what to write; nothing is left behind.
 */
export async function startEmulator(options: StartEmulatorOptions): Promise<Emulator> {
  checkOptions(options);
  clusterName(options);
  const closers: Closers = [];
  try {
    const databases = await Databases.open(options);
    closers.push(() => databases.close());
    return await startInFrontOf(databases, options, closers);
  } catch (error) {
    await closeAll(closers);
    throw error;
  }
}
