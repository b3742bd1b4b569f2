import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { createSecureContext } from 'node:tls';
import { AttemptLog } from './attempt-log';
import type {
  CredentialsById,
  CredentialsLookUp,
  Endpoint,
  EndpointOptions,
  LoginFaults,
} from './endpoint-types';
import { serveClient, type Engine, type SessionServer } from './session';
import { verifyToken } from '../iam/verify-token';

const HOST = '127.0.0.1';

async function listen(server: Server, wanted: number): Promise<number> {
  server.listen(wanted, HOST);
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

/** What clients name is looked up among a record's own entries: every object has a `constructor`, which is no user. */
const ownValue = <T>(record: Readonly<Record<string, T>>, key: string): T | undefined =>
  Object.hasOwn(record, key) ? record[key] : undefined;

const asFunction = (credentials: CredentialsById | CredentialsLookUp): CredentialsLookUp =>
  typeof credentials === 'function' ? credentials : (id) => ownValue(credentials, id);

/** Starts an RDS-like endpoint on loopback, in this process, for the logins of this engine. */
export async function serveEndpoint<Faults extends LoginFaults>(
  options: EndpointOptions<Faults>,
  engine: Engine<Faults>,
): Promise<Endpoint<Faults>> {
  const tls =
    options.tls === false
      ? undefined
      : createSecureContext({ cert: options.tls.certPem, key: options.tls.keyPem });
  const log = new AttemptLog(engine.name, options.onAttempt);
  const sockets = new Set<Socket>();
  const received: Buffer[] = [];
  const server = createServer();
  const port = await listen(server, options.port ?? 0);
  let { limit = Infinity } = options;
  let lookUp = asFunction(options.credentials);
  let faults: Partial<Faults> = options.faults ?? {};
  let clockOffsetMs = 0;

  const newSession = (): SessionServer<Faults> => ({
    log,
    faults,
    limit,
    tls,
    backend: options.backend,
    onBytes: (bytes) => {
      if (options.record) received.push(bytes);
    },
    backendUser: (username) => ownValue(options.backend?.users ?? {}, username),
    verify: (token, username) =>
      verifyToken({
        token,
        expected: { port, ...options.endpoint, username },
        lookUp,
        now: Date.now() + clockOffsetMs,
      }),
  });

  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    void serveClient(socket, newSession(), engine);
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
      lookUp = asFunction(next);
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
