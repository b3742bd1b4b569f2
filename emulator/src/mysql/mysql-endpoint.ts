import { serveEndpoint } from '../endpoint/serve-endpoint';
import { readBackendGreeting } from './mysql-backend';
import type { MySqlEndpoint, MySqlEndpointOptions } from './mysql-faults';
import { MySqlFraming } from './mysql-framing';
import { Capability, type Greeting } from './mysql-protocol';
import { badHandshake } from './mysql-refusals';
import { logInMySqlClient } from './mysql-session';

// Compressed bytes could not be searched for a token; of further factors the emulator does not know the dialogue.
const NOT_PASSED_THROUGH =
  Capability.SSL | Capability.COMPRESS | Capability.ZSTD_COMPRESSION | Capability.MULTI_FACTOR;

// MySQL's default of `connect_timeout`.
const CONNECT_TIMEOUT_MS = 10_000;

const withoutBackend: Pick<
  Greeting,
  'serverVersion' | 'capabilities' | 'charset' | 'status' | 'reserved'
> = {
  serverVersion: '8.0.36',
  capabilities:
    1 |
    Capability.CONNECT_WITH_DB |
    Capability.PROTOCOL_41 |
    Capability.SECURE_CONNECTION |
    Capability.PLUGIN_AUTH |
    Capability.CONNECT_ATTRS |
    Capability.PLUGIN_AUTH_LENENC_CLIENT_DATA,
  charset: 45,
  status: 2,
  reserved: Buffer.alloc(10),
};

/** Starts an RDS-like MySQL endpoint on loopback, in this process. */
export function startMySqlEndpoint(options: MySqlEndpointOptions): Promise<MySqlEndpoint> {
  const plugin = options.greeting ?? 'mysql_native_password';
  let base: Omit<Greeting, 'nonce' | 'connectionId' | 'plugin'> = withoutBackend;
  let connectionId = 0;
  return serveEndpoint(options, {
    name: 'mysql',
    loginTimeoutMs: CONNECT_TIMEOUT_MS,
    steps: ['connect', 'greeting', 'tls', 'token-request', 'token'],
    malformed: badHandshake,
    newFraming: () => new MySqlFraming(),
    meet: async (backend) => {
      base = await readBackendGreeting(backend);
    },
    logIn: (session) => {
      connectionId += 1;
      const capabilities =
        (base.capabilities & ~NOT_PASSED_THROUGH) | (session.server.tls ? Capability.SSL : 0);
      return logInMySqlClient(session, { ...base, capabilities, connectionId, plugin });
    },
  });
}
