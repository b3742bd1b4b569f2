import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { createSecureContext } from 'node:tls';
import { AttemptLog } from './attempt-log';
import { readBackendGreeting } from './mysql-backend';
import type { MySqlEmulator, MySqlEmulatorOptions } from './mysql-emulator-types';
import { Capability, type Greeting } from './mysql-protocol';
import { serveMysqlClient, type SessionServer } from './mysql-session';
import { verifyToken } from './verify-token';

const HOST = '127.0.0.1';

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

async function listen(server: Server): Promise<number> {
  server.listen(0, HOST);
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The emulator has no port');
  return address.port;
}

async function closeServer(server: Server): Promise<void> {
  if (!server.listening) return;
  const closed = once(server, 'close');
  server.close();
  await closed;
}

/** Starts an RDS-like MySQL endpoint on loopback, in this process. */
export async function startMySqlEmulator(options: MySqlEmulatorOptions): Promise<MySqlEmulator> {
  const base = options.backend ? await readBackendGreeting(options.backend) : withoutBackend;
  const tls =
    options.tls === false
      ? undefined
      : createSecureContext({ cert: options.tls.certPem, key: options.tls.keyPem });
  const capabilities = (base.capabilities & ~NOT_PASSED_THROUGH) | (tls ? Capability.SSL : 0);
  const log = new AttemptLog();
  const sockets = new Set<Socket>();
  const received: Buffer[] = [];
  const server = createServer();
  const port = await listen(server);
  let { faults = {}, limit = Infinity, credentials } = options;
  let clockOffsetMs = 0;
  let connectionId = 0;

  const newSession = (): SessionServer => ({
    log,
    faults,
    limit,
    tls,
    backend: options.backend,
    greeting: {
      ...base,
      capabilities,
      connectionId: (connectionId += 1),
      plugin: options.greeting ?? 'mysql_native_password',
    },
    onBytes: (bytes) => {
      if (options.record) received.push(bytes);
    },
    backendUser: (username) => options.backend?.users[username],
    verify: (token, username) =>
      verifyToken({
        token,
        expected: { port, ...options.endpoint, username },
        lookUp: (accessKeyId) => credentials[accessKeyId],
        now: Date.now() + clockOffsetMs,
      }),
  });

  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    void serveMysqlClient(socket, newSession());
  });

  const killAll = () => {
    for (const socket of sockets) socket.destroy();
  };

  return {
    host: HOST,
    port,
    attempts: () => Promise.resolve(log.list()),
    setFaults: (next) => {
      faults = next;
      return Promise.resolve();
    },
    setLimit: (next = Infinity) => {
      limit = next;
      return Promise.resolve();
    },
    setClockOffset: (next) => {
      clockOffsetMs = next;
      return Promise.resolve();
    },
    setCredentials: (next) => {
      credentials = next;
      return Promise.resolve();
    },
    clear: () => {
      log.clear();
      received.length = 0;
      return Promise.resolve();
    },
    received: () => Promise.resolve(Buffer.concat(received).toString('latin1')),
    openConnections: () => Promise.resolve(sockets.size),
    killConnections: () => {
      killAll();
      return Promise.resolve();
    },
    close: () => {
      killAll();
      return closeServer(server);
    },
  };
}
