import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { SecureContext } from 'node:tls';
import type { AttemptLog, AttemptRecord, EngineName } from './attempt-log';
import { ClientLink } from './client-link';
import type { BackendAddress, BackendUser, LoginFaults } from './endpoint-types';
import { Refusal } from './login-refusal';
import { PacketStream, type Framing } from './packet-stream';
import type { TokenVerdict } from '../iam/verify-token';

/** What a session needs of its emulator. */
export interface SessionServer<Faults extends LoginFaults> {
  readonly log: AttemptLog;
  readonly faults: Partial<Faults>;
  readonly tls: SecureContext | undefined;
  readonly backend: BackendAddress | undefined;
  readonly limit: number;
  onBytes(bytes: Buffer): void;
  backendUser(username: string): BackendUser | undefined;
  verify(token: string, username: string): TokenVerdict;
}

/** One accepted connection. */
export interface Session<Faults extends LoginFaults> {
  readonly link: ClientLink;
  readonly server: SessionServer<Faults>;
  readonly attempt: AttemptRecord;
}

/** What tells one engine's logins from another's. */
export interface Engine<Faults extends LoginFaults> {
  readonly name: EngineName;
  newFraming(): Framing;
  /** Leads one client from its first packet to the backend, or throws a refusal. */
  logIn(session: Session<Faults>): Promise<void>;
}

/** A login at the backend: its last packet, the connection, and the reason when that packet is a refusal. */
export interface BackendLogin {
  readonly answer: Buffer;
  readonly socket: Socket;
  readonly refusal: string | undefined;
}

/** Connects to the backend. */
export async function openBackend(
  { host, port }: BackendAddress,
  framing: Framing,
): Promise<{ socket: Socket; packets: PacketStream }> {
  const socket = connect({ host, port, noDelay: true });
  await once(socket, 'connect');
  return { socket, packets: new PacketStream(socket, framing) };
}

/** Becomes the TLS server of the session's connection, and notes it. */
export async function establishTls(
  { link, attempt }: Pick<Session<LoginFaults>, 'link' | 'attempt'>,
  tls: SecureContext,
): Promise<void> {
  const servername = await link.startTls(tls);
  attempt.tlsEstablished = true;
  if (servername !== undefined) attempt.servername = servername;
}

function waitBeforeAnswer(
  { delayMs = 0, jitterMs: [min, max] = [0, 0] }: LoginFaults,
  signal: AbortSignal,
) {
  const waitMs = delayMs + min + Math.random() * (max - min);
  return waitMs > 0 ? delay(waitMs, undefined, { signal }) : undefined;
}

/** Resolves to the backend user when the token is good, refuses otherwise: with `denied`, or as the engine's fault says. */
export async function judge(
  { link, server, attempt }: Session<LoginFaults>,
  login: { readonly username: string; readonly token: string },
  answers: { readonly denied: Buffer; readonly fault: Refusal | undefined },
): Promise<BackendUser | undefined> {
  const { faults } = server;
  const { denied } = answers;
  const arrived = server.log.countToken(attempt);
  const verdict = server.verify(login.token, login.username);
  await waitBeforeAnswer(faults, link.closed);

  if (faults.resetAfterToken) throw new Refusal('refused', 'reset');
  if (arrived > server.limit) throw new Refusal('throttled', 'throttled', denied);
  if (answers.fault) throw answers.fault;
  if (faults.deny) throw new Refusal('denied', 'fault', denied);
  if (!verdict.ok) throw new Refusal('denied', verdict.reason, denied);

  const user = server.backendUser(login.username);
  if (server.backend && !user) throw new Refusal('denied', 'unknown-user', denied);
  return user;
}

/** Logs an accepted client in to the backend and joins the two; without a backend, says `welcome` and goodbye. */
export async function admit(
  { link, server, attempt }: Session<LoginFaults>,
  user: BackendUser | undefined,
  engine: {
    readonly welcome: Buffer;
    readonly logIn: (address: BackendAddress, user: BackendUser) => Promise<BackendLogin>;
  },
): Promise<void> {
  if (!server.backend || !user) {
    server.log.settle(attempt, 'accepted');
    link.finish(engine.welcome);
    return;
  }
  const { answer, socket, refusal } = await engine.logIn(server.backend, user);
  if (refusal !== undefined) {
    server.log.settle(attempt, 'refused', `backend ${refusal}`);
    link.finish(answer);
    socket.destroy();
    return;
  }
  server.log.settle(attempt, 'accepted');
  link.send(answer);
  link.splice(socket);
}

/** Serves one accepted connection to its end, and notes in the log what became of it. */
export async function serveClient<Faults extends LoginFaults>(
  raw: Socket,
  server: SessionServer<Faults>,
  engine: Engine<Faults>,
): Promise<void> {
  const attempt = server.log.open();
  raw.once('close', () => {
    server.log.end(attempt);
  });
  const link = new ClientLink(raw, engine.newFraming(), (bytes) => server.onBytes(bytes));
  try {
    if (server.faults.tcpReset) throw new Refusal('refused', 'reset');
    while (server.faults.silent) await link.receive();
    await engine.logIn({ link, server, attempt });
  } catch (error) {
    if (!(error instanceof Refusal)) {
      server.log.settle(attempt, 'failed', error instanceof Error ? error.message : 'unknown');
      raw.destroy();
      return;
    }
    server.log.settle(attempt, error.outcome, error.message);
    if (error.packet) link.finish(error.packet);
    else link.reset();
  }
}
