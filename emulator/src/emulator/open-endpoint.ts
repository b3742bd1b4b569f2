import { DEFAULT_PORT, type BackendProtocol } from '../backend/backend-url';
import type { Backend } from '../backend/start-backend';
import type { Authority } from '../certificates/authority';
import { issueFaultyCertificates } from '../certificates/faulty-certificates';
import type { AccessKeys } from '../iam/access-keys';
import { startEndpoint, type AnyEndpointOptions } from '../start-endpoint';
import { clusterName } from './cluster-name';
import type { StartEmulatorOptions } from './emulator-types';
import { UsageError } from '../usage-error';

/** The names of the certificate: the endpoint's, and what a client writes that is led here by its own host option. */
const certificateNames = (hostname: string) => [...new Set([hostname, 'localhost', '127.0.0.1'])];

/** Which of the two protocols a backend speaks. */
export const protocolOf = ({ engine }: Pick<Backend, 'engine'>): BackendProtocol =>
  engine === 'postgres' ? 'postgres' : 'mysql';

/** Starts the endpoint in front of a backend, for tokens that are signed with these keys. */
export async function openEndpoint(
  options: StartEmulatorOptions,
  backend: Backend,
  authority: Authority,
  keys: AccessKeys,
) {
  const { resourceId, account, port, limit, faults, onAttempt } = options;
  const { hostname, region } = clusterName(options);
  const names = certificateNames(hostname);
  const engine = protocolOf(backend);
  const [certificate, faulty] = await Promise.all([
    authority.issue({ names }),
    issueFaultyCertificates(authority, names),
  ]);
  const { host, port: backendPort, users } = backend;
  // Faults of the other engine are refused by the endpoint.
  const endpointOptions = {
    engine,
    backend: { host, port: backendPort, users },
    endpoint: {
      hostname,
      region,
      otherPorts: [DEFAULT_PORT[engine]],
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
    // In a test of Jest, an error of Node.js is no instance of Jest's Error.
    const isTaken = typeof cause === 'object' && cause !== null && 'code' in cause;
    if (isTaken && cause.code === 'EADDRINUSE')
      throw new UsageError(`port ${port ?? ''} is in use: write another, or none`, { cause });
    throw cause;
  }
}
