import {
  createAuthority,
  startEndpoint as startAnyEndpoint,
  type BackendAddress,
  type BackendUser,
  type CertificateRequest,
  type Endpoint,
  type EndpointOptions,
  type LoginFaults,
  type MySqlEndpoint,
  type MySqlEndpointOptions,
  type PostgresEndpoint,
  type PostgresEndpointOptions,
} from 'rds-iam-emulator';
import { signToken, type TokenRequest } from './sign-token';
import { mariaDb, postgres } from './backend';

/** The endpoint that the emulator's own tests log in to. */
export const ENDPOINT = { hostname: 'localhost', region: 'eu-west-1', username: 'jane_doe' };

/** Two access keys of nobody: a user's and a role's. */
export const KEYS = {
  AKIDUSER: { secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' },
  ASIAROLE: {
    secretAccessKey: 'je7MtGbClwBF/2Zp9Utk/h3yCo8nvbEXAMPLEKEY',
    sessionToken: `IQoJ+b3/JpZ2lu${'x'.repeat(900)}==`,
  },
};

const CERTIFICATE: CertificateRequest = { names: ['localhost', '127.0.0.1'] };

/** An emulator with its authority, in front of the run's server. */
export interface EmulatedEndpoint<AnyEmulator = MySqlEndpoint> {
  readonly emulator: AnyEmulator;
  readonly caPem: string;
  /** A good token, but for the changes. */
  readonly token: (changes?: Partial<TokenRequest>) => string;
}

/** An emulator of RDS for PostgreSQL with its authority, in front of the run's server. */
export type EmulatedPostgres = EmulatedEndpoint<PostgresEndpoint>;

async function startBefore<Faults extends LoginFaults>(
  backend: BackendAddress & { readonly users: { readonly app: BackendUser } },
  start: (options: EndpointOptions<Faults>) => Promise<Endpoint<Faults>>,
  options: Partial<EndpointOptions<Faults>>,
  certificate: CertificateRequest,
): Promise<EmulatedEndpoint<Endpoint<Faults>>> {
  const { host, port, users } = backend;
  const authority = await createAuthority();
  const emulator = await start({
    backend: { host, port, users: { [ENDPOINT.username]: users.app } },
    endpoint: { hostname: ENDPOINT.hostname, region: ENDPOINT.region },
    credentials: KEYS,
    tls: await authority.issue(certificate),
    record: true,
    ...options,
  });
  const token = (changes: Partial<TokenRequest> = {}) =>
    signToken({
      ...ENDPOINT,
      port: emulator.port,
      accessKeyId: 'AKIDUSER',
      secretAccessKey: KEYS.AKIDUSER.secretAccessKey,
      ...changes,
    });
  return { emulator, caPem: authority.caPem, token };
}

/** Starts a MySQL emulator that records, here or in a process of its own; `certificate` describes the one it shows. */
export function startEndpoint(
  options: Partial<MySqlEndpointOptions> = {},
  certificate = CERTIFICATE,
  start = (endpoint: MySqlEndpointOptions): Promise<MySqlEndpoint> =>
    startAnyEndpoint({ engine: 'mysql', ...endpoint }),
): Promise<EmulatedEndpoint> {
  return startBefore(mariaDb(), start, options, certificate);
}

/** Starts a PostgreSQL emulator that records, here or in a process of its own; `certificate` describes the one it shows. */
export function startPostgresEndpoint(
  options: Partial<PostgresEndpointOptions> = {},
  certificate = CERTIFICATE,
  start = (endpoint: PostgresEndpointOptions): Promise<PostgresEndpoint> =>
    startAnyEndpoint({ engine: 'postgres', ...endpoint }),
): Promise<EmulatedPostgres> {
  return startBefore(postgres(), start, options, certificate);
}
