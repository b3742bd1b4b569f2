import { serveEndpoint } from '../endpoint/serve-endpoint';
import { readBackendGreeting } from './mysql-backend';
import type { MySqlEndpoint, MySqlEndpointOptions } from './mysql-faults';
import { MySqlFraming } from './mysql-framing';
import { Capability, type Greeting } from './mysql-protocol';
import { logInMySqlClient } from './mysql-session';

// Compressed bytes could not be searched for a token; of further factors the emulator does not know the dialogue.
const NOT_PASSED_THROUGH =
  Capability.SSL | Capability.COMPRESS | Capability.ZSTD_COMPRESSION | Capability.MULTI_FACTOR;

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
export async function startMySqlEndpoint(options: MySqlEndpointOptions): Promise<MySqlEndpoint> {
  const base = options.backend ? await readBackendGreeting(options.backend) : withoutBackend;
  const capabilities =
    (base.capabilities & ~NOT_PASSED_THROUGH) | (options.tls ? Capability.SSL : 0);
  const plugin = options.greeting ?? 'mysql_native_password';
  let connectionId = 0;
  return serveEndpoint(options, {
    name: 'mysql',
    newFraming: () => new MySqlFraming(),
    logIn: (session) => {
      connectionId += 1;
      return logInMySqlClient(session, { ...base, capabilities, connectionId, plugin });
    },
  });
}
