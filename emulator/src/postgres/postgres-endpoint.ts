import { serveEndpoint } from '../endpoint/serve-endpoint';
import { findBackend } from './postgres-backend';
import type { PostgresEndpoint, PostgresEndpointOptions } from './postgres-faults';
import { postgresFraming } from './postgres-protocol';
import { logInPostgresClient } from './postgres-session';

// PostgreSQL's default of `authentication_timeout`.
const AUTHENTICATION_TIMEOUT_MS = 60_000;

/** Starts an RDS-like PostgreSQL endpoint on loopback, in this process. */
export function startPostgresEndpoint(options: PostgresEndpointOptions): Promise<PostgresEndpoint> {
  return serveEndpoint(options, {
    name: 'postgres',
    loginTimeoutMs: AUTHENTICATION_TIMEOUT_MS,
    steps: ['connect', 'startup', 'tls', 'token-request', 'token'],
    meet: findBackend,
    newFraming: () => postgresFraming,
    logIn: logInPostgresClient,
  });
}
