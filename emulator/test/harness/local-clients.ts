import { createConnection } from 'mysql2/promise';
import { Client } from 'pg';
import { codeOf } from '../../../test/harness/error-code';
import { LOCAL, type LocalEndpoint } from './local-endpoint';

/** How long a client waits, and what it presents. */
export interface LoginSettings {
  readonly token?: string;
  readonly timeoutMs?: number;
  readonly username?: string;
}

const logIn = {
  mysql: async ({ emulator, caPem }: LocalEndpoint, token: string, settings: LoginSettings) => {
    const connection = await createConnection({
      host: LOCAL.hostname,
      port: emulator.port,
      user: settings.username ?? LOCAL.username,
      password: token,
      ssl: { ca: caPem, verifyIdentity: true },
      authPlugins: { mysql_clear_password: () => () => Buffer.from(`${token}\0`) },
      connectTimeout: settings.timeoutMs ?? 10_000,
    });
    // Without a backend the server says goodbye as soon as it has said welcome.
    connection.on('error', () => undefined);
    connection.destroy();
  },
  postgres: async ({ emulator, caPem }: LocalEndpoint, token: string, settings: LoginSettings) => {
    const client = new Client({
      host: LOCAL.hostname,
      port: emulator.port,
      user: settings.username ?? LOCAL.username,
      database: 'app',
      password: () => token,
      ssl: { ca: caPem },
      connectionTimeoutMillis: settings.timeoutMs ?? 10_000,
    });
    client.on('error', () => undefined);
    await client.connect();
    await client.end();
  },
};

/** Logs in once with mysql2 or pg; resolves to `accepted`, or the error's code. */
export async function tryLocalLogin(
  endpoint: LocalEndpoint,
  settings: LoginSettings = {},
): Promise<string> {
  try {
    await logIn[endpoint.engine](endpoint, settings.token ?? endpoint.token(), settings);
    return 'accepted';
  } catch (error) {
    return codeOf(error);
  }
}
