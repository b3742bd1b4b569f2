import { createConnection, type RowDataPacket } from 'mysql2/promise';
import { forkMySqlEmulator } from '../../../test/harness/fork-emulator';
import { administer } from '../../../test/harness/mariadb-administration';
import { mariaDb } from '../../../test/harness/backend';
import { startEndpoint } from '../../../test/harness/emulated-endpoint';
import type { EngineUnderTest } from './engine-under-test';
import { safeOptions, tryLogin } from '../../../test/harness/mysql2-clients';

/** The MySQL emulator as mysql2 sees it. */
export const mysqlUnderTest: EngineUnderTest = {
  start: startEndpoint,
  fork: (options) => startEndpoint(options, undefined, forkMySqlEmulator),
  logIn: (endpoint, { timeoutMs } = {}) =>
    tryLogin({
      ...safeOptions(endpoint, endpoint.token()),
      ...(timeoutMs !== undefined && { connectTimeout: timeoutMs }),
    }),
  connect: async (endpoint) => {
    const connection = await createConnection(safeOptions(endpoint, endpoint.token()));
    const lost = new Promise((resolve) => connection.on('error', resolve));
    const [rows] = await connection.query<RowDataPacket[]>('SELECT CONNECTION_ID() AS id');
    return {
      sessionId: Number(rows[0]?.['id']),
      lost,
      end: () => connection.end(),
      destroy: () => connection.destroy(),
    };
  },
  isServed: async (sessionId) => {
    const sessions = await administer(mariaDb()).sql(
      'SELECT id FROM information_schema.processlist',
    );
    return sessions.some(({ id }) => id === sessionId);
  },
  codes: {
    denied: 'ER_ACCESS_DENIED_ERROR',
    timeout: 'ETIMEDOUT',
    closed: 'PROTOCOL_CONNECTION_LOST',
  },
};
