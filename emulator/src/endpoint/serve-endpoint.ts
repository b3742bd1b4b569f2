import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { AttemptLog } from './attempt-log';
import type { CredentialsLookUp, Endpoint, EndpointOptions, LoginFaults } from './endpoint-types';
import { checkSteps } from './login-steps';
import { serveClient, type Engine, type SessionServer } from './session';
import { TlsContexts } from './tls-contexts';
import { AccessKeys, type CredentialsById } from '../iam/access-keys';
import { verifyToken } from '../iam/verify-token';

const HOST = '127.0.0.1';
const MAX_CONNECTIONS = 1000;
const MAX_REFUSED = 100;

async function listen(server: Server, wanted: number): Promise<number> {
  server.listen(wanted, HOST);
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The emulator has no port');
  return address.port;
}

async function closeServer(server: Server): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  await closed;
}

/** What clients name is looked up among a record's own entries: every object has a `constructor`, which is no user. */
const ownValue = <T>(record: Readonly<Record<string, T>>, key: string): T | undefined =>
  Object.hasOwn(record, key) ? record[key] : undefined;

const asFunction = (credentials: CredentialsById | CredentialsLookUp): CredentialsLookUp =>
  typeof credentials === 'function' ? credentials : new AccessKeys(credentials).lookUp;

/** Starts an RDS-like endpoint on loopback, in this process, for the logins of this engine. */
export async function serveEndpoint<Faults extends LoginFaults>(
  options: EndpointOptions<Faults>,
  engine: Engine<Faults>,
): Promise<Endpoint<Faults>> {
  const contexts = new TlsContexts(options.tls);
  const check = (faults: Partial<Faults>) => {
    checkSteps(faults, engine);
    contexts.contextFor(faults);
  };
  check(options.faults ?? {});
  let lookUp = asFunction(options.credentials);
  if (options.backend) await engine.meet?.(options.backend);
  const log = new AttemptLog(engine.name, options.onAttempt);
  const sockets = new Set<Socket>();
  const served = new Set<Socket>();
  const logins = new Set<Promise<void>>();
  const received: Buffer[] = [];
  const { maxConnections = MAX_CONNECTIONS } = options;
  const server = createServer();
  // Those beyond are told why; of a flood of those, the rest are not.
  server.maxConnections = maxConnections + MAX_REFUSED;
  const port = await listen(server, options.port ?? 0);
  let { limit = Infinity, backend } = options;
  let faults: Partial<Faults> = options.faults ?? {};
  let clockOffsetMs = 0;
  let closed: Promise<void> | undefined;

  const takeDenial = () => {
    const { deny } = faults;
    if (typeof deny === 'number') faults = { ...faults, deny: Math.max(0, deny - 1) };
    return deny === true || Number(deny) > 0;
  };

  const newSession = (): SessionServer<Faults> => ({
    log,
    faults,
    limit,
    tls: contexts.contextFor(faults),
    backend,
    loginTimeoutMs: options.loginTimeoutMs ?? engine.loginTimeoutMs,
    isFull: served.size >= Math.min(maxConnections, faults.maxConnections ?? Infinity),
    onBytes: (bytes) => {
      if (options.record) received.push(bytes);
    },
    backendUser: (username) => ownValue(backend?.users ?? {}, username),
    verify: (token, username) =>
      verifyToken({
        token,
        expected: { port, ...options.endpoint, username },
        lookUp,
        now: Date.now() + clockOffsetMs,
      }),
    takeDenial,
  });

  server.on('connection', (socket) => {
    const session = newSession();
    sockets.add(socket);
    if (!session.isFull) served.add(socket);
    socket.once('close', () => {
      sockets.delete(socket);
      served.delete(socket);
    });
    const login = serveClient(socket, session, engine);
    logins.add(login);
    void login.then(() => logins.delete(login));
  });

  const killAll = () => {
    for (const socket of sockets) socket.destroy();
  };

  return {
    host: HOST,
    port,
    attempts: () => Promise.resolve(log.list()),
    // Asynchronous, so that it rejects and does not throw.
    // eslint-disable-next-line @typescript-eslint/require-await
    setFaults: async (next) => {
      check(next);
      faults = next;
    },
    faults: () => Promise.resolve<Partial<LoginFaults>>(faults),
    setBackend: async (next) => {
      await engine.meet?.(next);
      backend = next;
    },
    setLimit: (next = Infinity) => {
      limit = next;
      return Promise.resolve();
    },
    setClockOffset: (next) => {
      clockOffsetMs = next;
      return Promise.resolve();
    },
    // eslint-disable-next-line @typescript-eslint/require-await -- as above
    setCredentials: async (next) => {
      lookUp = asFunction(next);
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
      return (closed ??= closeServer(server)
        .then(() => Promise.all(logins))
        .then(() => undefined));
    },
  };
}
