import { Client, type ClientConfig } from 'pg';
import { ENDPOINT, type EmulatedPostgres } from '../../../test/harness/emulated-endpoint';
import { codeOf } from '../../../test/harness/error-code';

/** Options of a client that gives its token to whoever asks, over TLS or not. */
export function carelessPostgres({ emulator }: EmulatedPostgres, token: string) {
  return {
    host: ENDPOINT.hostname,
    port: emulator.port,
    user: ENDPOINT.username,
    database: 'app',
    password: () => token,
  } satisfies ClientConfig;
}

/** Options of a client that does everything right. */
export function safePostgres(endpoint: EmulatedPostgres, token: string) {
  return { ...carelessPostgres(endpoint, token), ssl: { ca: endpoint.caPem } };
}

/** Logs in. */
export async function connectPostgres(options: ClientConfig): Promise<Client> {
  const client = new Client(options);
  await client.connect();
  return client;
}

/** Logs in once and leaves; resolves to the error's code, or what it says without one, or `accepted`. */
export async function tryPostgresLogin(options: ClientConfig): Promise<string> {
  try {
    const client = await connectPostgres(options);
    await client.end();
    return 'accepted';
  } catch (error) {
    return codeOf(error);
  }
}
