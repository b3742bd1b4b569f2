import { forkEmulator } from '../../../test/harness/fork-emulator';
import { administer } from '../../../test/harness/postgres-administration';
import type { PostgresEndpointOptions } from '../../src/postgres/postgres-faults';
import { postgres } from '../../../test/harness/backend';
import { startPostgresEndpoint } from '../../../test/harness/emulated-endpoint';
import type { EngineUnderTest } from './engine-under-test';
import { connectPostgres, safePostgres, tryPostgresLogin } from './postgres-clients';

const fork = (options: PostgresEndpointOptions) => forkEmulator({ engine: 'postgres', ...options });

/** The PostgreSQL emulator as pg sees it. */
export const postgresUnderTest: EngineUnderTest = {
  start: startPostgresEndpoint,
  fork: (options) => startPostgresEndpoint(options, undefined, fork),
  logIn: (endpoint, { timeoutMs } = {}) =>
    tryPostgresLogin({
      ...safePostgres(endpoint, endpoint.token()),
      ...(timeoutMs !== undefined && { connectionTimeoutMillis: timeoutMs }),
    }),
  connect: async (endpoint) => {
    const client = await connectPostgres(safePostgres(endpoint, endpoint.token()));
    const lost = new Promise((resolve) => client.on('error', resolve));
    const { rows } = await client.query<{ id: number }>('SELECT pg_backend_pid() AS id');
    return {
      sessionId: Number(rows[0]?.id),
      lost,
      end: () => client.end(),
      destroy: () => client.connection.stream.destroy(),
    };
  },
  isServed: async (sessionId) => {
    const sessions = await administer(postgres()).sql('SELECT pid FROM pg_stat_activity');
    return sessions.some(({ pid }) => pid === sessionId);
  },
  codes: {
    denied: '28000',
    timeout: 'timeout expired',
    closed: 'Connection terminated unexpectedly',
  },
};
