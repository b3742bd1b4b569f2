import { forkEmulator } from '../emulator/fork-emulator';
import { administer } from '../emulator/postgres-administration';
import type { PostgresEmulatorOptions } from '../emulator/postgres-emulator-types';
import { postgres } from './backend';
import { startPostgresEndpoint } from './emulated-endpoint';
import type { EngineUnderTest } from './engine-under-test';
import { connectPostgres, safePostgres, tryPostgresLogin } from './postgres-clients';

const fork = (options: PostgresEmulatorOptions) => forkEmulator({ engine: 'postgres', ...options });

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
