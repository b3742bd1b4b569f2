import * as floor from 'mysql2-floor/promise';
import * as beforeCleartext from 'mysql2-before-cleartext/promise';
import * as latest from 'mysql2/promise';
import { ENDPOINT, type EmulatedEndpoint } from './emulated-endpoint';
import { codeOf } from './error-code';

/** What the tests ask of a connection, whatever version it is from. */
export interface DriverConnection {
  query(sql: string, values?: Buffer[]): Promise<readonly unknown[]>;
  execute(sql: string, values?: (string | number)[]): Promise<readonly unknown[]>;
  end(): Promise<void>;
}

interface Driver {
  readonly version: string;
  readonly createConnection: (options: DriverOptions) => Promise<DriverConnection>;
}

interface DriverOptions {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database?: string;
  readonly ssl?: { readonly ca: string };
  readonly authPlugins: { readonly mysql_clear_password: () => () => Buffer };
}

/** The mysql2 versions under test: the floor, the last with clear text on, the latest. */
export const drivers: readonly Driver[] = [
  { version: '3.9', createConnection: floor.createConnection },
  { version: '3.21', createConnection: beforeCleartext.createConnection },
  { version: '3.24', createConnection: latest.createConnection },
];

/** Options of a client that does everything right. */
export function safeOptions({ emulator, caPem }: EmulatedEndpoint, token: string) {
  return {
    host: ENDPOINT.hostname,
    port: emulator.port,
    user: ENDPOINT.username,
    password: token,
    ssl: { ca: caPem, verifyIdentity: true },
    authPlugins: { mysql_clear_password: () => () => Buffer.from(`${token}\0`) },
  };
}

/** Options of a client that gives its token to whoever asks, over TLS or not. */
export function carelessOptions({ emulator }: EmulatedEndpoint, token: string) {
  return {
    host: ENDPOINT.hostname,
    port: emulator.port,
    user: ENDPOINT.username,
    password: token,
    authPlugins: { mysql_clear_password: () => () => Buffer.from(`${token}\0`) },
  };
}

/** Logs in once and leaves; resolves to the error's code, or what it says without one, or `accepted`. */
export async function tryLogin(options: latest.ConnectionOptions): Promise<string> {
  try {
    const connection = await latest.createConnection(options);
    await connection.end();
    return 'accepted';
  } catch (error) {
    return codeOf(error);
  }
}
