import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Backend } from '../backend/start-backend';
import { DEFAULT_PORT } from '../backend/backend-url';
import { createAuthority, type Authority } from '../certificates/authority';
import { issueFaultyCertificates } from '../certificates/faulty-certificates';
import type { AccessKeys } from '../iam/access-keys';
import { startEndpoint, type AnyEndpointOptions } from '../start-endpoint';
import { checkOptions } from './check-options';
import { clusterName } from './cluster-name';
import type { Emulator, StartEmulatorOptions } from './emulator-types';
import { competingVariables, environmentOf } from './environment';
import { openDatabase } from './open-database';
import { startCredentials } from './start-credentials';
import { UsageError } from '../usage-error';

/** The file that Node.js is to load first. */
const PRELOAD = join(__dirname, 'resolve.js');

/** Ends all that was started, the last first, even if one of them fails. */
async function closeAll(closers: readonly (() => Promise<void>)[]): Promise<void> {
  const errors: unknown[] = [];
  for (const close of closers.toReversed())
    await close().catch((error: unknown) => errors.push(error));
  if (errors.length > 0) throw errors[0];
}

/** The names of the certificate: the endpoint's, and what a client writes that is led here by its own host option. */
const certificateNames = (hostname: string) => [...new Set([hostname, 'localhost', '127.0.0.1'])];

const protocolOf = ({ engine }: Backend) => (engine === 'postgres' ? 'postgres' : 'mysql');

async function openEndpoint(
  options: StartEmulatorOptions,
  backend: Backend,
  authority: Authority,
  keys: AccessKeys,
) {
  const { resourceId, account, port, limit, faults, onAttempt } = options;
  const { hostname, region } = clusterName(options);
  const names = certificateNames(hostname);
  const protocol = protocolOf(backend);
  const [certificate, faulty] = await Promise.all([
    authority.issue({ names }),
    issueFaultyCertificates(authority, names),
  ]);
  // Faults of the other engine are refused by the endpoint.
  const endpointOptions = {
    engine: protocol,
    backend: { host: backend.host, port: backend.port, users: backend.users },
    endpoint: {
      hostname,
      region,
      otherPorts: [DEFAULT_PORT[protocol]],
      ...(resourceId !== undefined && { resourceId }),
      ...(account !== undefined && { account }),
    },
    credentials: keys.lookUp,
    tls: { ...certificate, faulty },
    ...(port !== undefined && { port }),
    ...(limit !== undefined && { limit }),
    ...(faults && { faults }),
    ...(onAttempt && { onAttempt }),
  } as AnyEndpointOptions;
  try {
    return await startEndpoint(endpointOptions);
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'EADDRINUSE')
      throw new UsageError(`--port ${port ?? ''} is in use: write another, or none`, { cause });
    throw cause;
  }
}

async function startInFrontOf(
  backend: Backend,
  options: StartEmulatorOptions,
  closers: (() => Promise<void>)[],
): Promise<Emulator> {
  const { hostname, region } = clusterName(options);
  const { engine, users, folder } = backend;
  const authority = await createAuthority('rds-iam-emulator, of one run');
  const caFile = join(folder, 'ca.pem');
  writeFileSync(caFile, authority.caPem, { mode: 0o600 });

  let clockOffsetMs = 0;
  const clock = () => Date.now() + clockOffsetMs;
  const { keys, services, accessKey } = await startCredentials(options, Object.keys(users), clock);
  closers.push(() => services.close());

  const endpoint = await openEndpoint(options, backend, authority, keys);
  closers.push(endpoint.close);

  const [username = ''] = Object.keys(users);
  const env = environmentOf({
    hostname,
    region,
    port: endpoint.port,
    defaultPort: DEFAULT_PORT[protocolOf(backend)],
    username,
    database: backend.database,
    caFile,
    ...(accessKey && { accessKey }),
    services: services.env,
    preload: PRELOAD,
    nodeOptions: process.env['NODE_OPTIONS'],
  });
  let closed: Promise<void> | undefined;
  return {
    host: endpoint.host,
    port: endpoint.port,
    hostname,
    region,
    engine,
    ca: authority.caPem,
    caFile,
    env,
    unset: competingVariables(env),
    created: backend.created,
    attempts: endpoint.attempts,
    setFaults: endpoint.setFaults,
    setLimit: endpoint.setLimit,
    setClockOffset: (offsetMs) => {
      clockOffsetMs = offsetMs;
      return endpoint.setClockOffset(offsetMs);
    },
    rotateCredentials: () => services.rotate(),
    setCredentialFaults: (faults) => services.setFaults(faults),
    credentialRequests: () => services.requests(),
    clear: endpoint.clear,
    killConnections: endpoint.killConnections,
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
  const closers: (() => Promise<void>)[] = [];
  try {
    const backend = await openDatabase(options);
    closers.push(backend.close);
    return await startInFrontOf(backend, options, closers);
  } catch (error) {
    await closeAll(closers);
    throw error;
  }
}
