import { serveEndpoint } from '../endpoint/serve-endpoint';
import type { PostgresEndpoint, PostgresEndpointOptions } from './postgres-faults';
import { postgresFraming } from './postgres-protocol';
import { logInPostgresClient } from './postgres-session';

/** Starts an RDS-like PostgreSQL endpoint on loopback, in this process. */
export function startPostgresEndpoint(options: PostgresEndpointOptions): Promise<PostgresEndpoint> {
  return serveEndpoint(options, {
    name: 'postgres',
    newFraming: () => postgresFraming,
    logIn: logInPostgresClient,
  });
}
