import type { Socket } from 'node:net';
import type { SecureContext } from 'node:tls';
import type { AttemptLog, AttemptRecord, EngineName } from './attempt-log';
import { ClientLink } from './client-link';
import type { BackendAddress, BackendUser, LoginFaults, LoginStep } from './endpoint-types';
import { deadlineMs, reach, waitBeforeAnswer } from './login-steps';
import { messageOf, Refusal } from './login-refusal';
import type { Framing } from './packet-stream';
import { describeRefusal } from '../iam/refusal';
import type { TokenVerdict } from '../iam/verify-token';

/** What a session needs of its emulator. */
export interface SessionServer<Faults extends LoginFaults> {
  readonly log: AttemptLog;
  readonly faults: Partial<Faults>;
  readonly tls: SecureContext | undefined;
  readonly backend: BackendAddress | undefined;
  readonly limit: number;
  readonly loginTimeoutMs: number;
  /** Whether as many others are connected as may be. */
  readonly isFull: boolean;
  onBytes(bytes: Buffer): void;
  backendUser(username: string): BackendUser | undefined;
  verify(token: string, username: string): TokenVerdict;
  /** Whether the faults deny this login, which counts. */
  takeDenial(): boolean;
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
  readonly loginTimeoutMs: number;
  readonly steps: readonly LoginStep[];
  /** What a client is told that does not speak the protocol. */
  readonly malformed?: Buffer;
  newFraming(): Framing;
  /** Prepares for logins at this backend; rejects when it does not answer. */
  meet?(backend: BackendAddress): Promise<void>;
  /** Leads one client from its first packet to the backend, or throws a refusal. */
  logIn(session: Session<Faults>): Promise<void>;
}

/** A login at the backend: its last packet, the connection, and the reason when that packet is a refusal. */
export interface BackendLogin {
  readonly answer: Buffer;
  readonly socket: Socket;
  readonly refusal: string | undefined;
}

/** Becomes the TLS server of the session's connection, and notes it. */
export async function establishTls(
  session: Session<LoginFaults>,
  tls: SecureContext,
): Promise<void> {
  await reach('tls', session);
  const servername = await session.link.startTls(tls);
  session.attempt.tlsEstablished = true;
  if (servername !== undefined) session.attempt.servername = servername;
}

function describe(...refusal: Parameters<typeof describeRefusal>): string {
  const { line, cause } = describeRefusal(...refusal);
  return `${line} (${cause})`;
}

/** Resolves to the backend user when the token is good, refuses otherwise: with `denied`, or as the engine's fault says. */
export async function judge(
  session: Session<LoginFaults>,
  login: { readonly username: string; readonly token: string },
  answers: { readonly denied: Buffer; readonly fault: Refusal | undefined },
): Promise<BackendUser | undefined> {
  const { link, server, attempt } = session;
  const { denied } = answers;
  const arrived = server.log.countToken(attempt);
  const verdict = server.verify(login.token, login.username);
  await waitBeforeAnswer(server.faults, link.closed);
  await reach('token', session);

  const { username } = login;
  if (arrived > server.limit)
    throw new Refusal('throttled', 'throttled', denied, describe('throttled', { username }));
  if (answers.fault) throw answers.fault;
  if (server.takeDenial()) throw new Refusal('denied', 'fault', denied);
  if (!verdict.ok) {
    const { reason, details } = verdict;
    throw new Refusal('denied', reason, denied, describe(reason, details));
  }

  const user = server.backendUser(username);
  if (server.backend && !user) throw new Refusal('denied', 'unknown-user', denied);
  return user;
}

/** Logs an accepted client in to the backend and joins the two; without a backend, says `welcome` and goodbye. */
export async function admit(
  { link, server, attempt }: Session<LoginFaults>,
  user: BackendUser | undefined,
  engine: {
    readonly welcome: Buffer;
    readonly logIn: (
      address: BackendAddress,
      user: BackendUser,
      signal: AbortSignal,
    ) => Promise<BackendLogin>;
  },
): Promise<void> {
  if (!server.backend || !user) {
    server.log.settle(attempt, 'accepted');
    link.finish(engine.welcome);
    return;
  }
  const { answer, socket, refusal } = await engine
    .logIn(server.backend, user, link.closed)
    .catch((cause: unknown) => {
      throw new Error(`The login at the database behind failed: ${messageOf(cause)}`, { cause });
    });
  if (refusal !== undefined) {
    server.log.settle(attempt, 'refused', `backend ${refusal}`);
    link.finish(answer);
    socket.destroy();
    return;
  }
  server.log.settle(attempt, 'accepted');
  link.send(answer);
  link.splice(socket);
  if (server.faults.closeAfterMs !== undefined) link.closeAfter(server.faults.closeAfterMs);
}

function setDeadline({ link, server, attempt }: Session<LoginFaults>): () => void {
  const ms = deadlineMs(server.loginTimeoutMs, server.faults);
  if (ms === Infinity) return () => undefined;
  const timer = setTimeout(() => {
    server.log.settle(attempt, 'failed', 'timeout', `The login took more than ${ms} ms`);
    link.destroy();
  }, ms);
  return () => clearTimeout(timer);
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
  const session = { link, server, attempt };
  const clearDeadline = setDeadline(session);
  try {
    await reach('connect', session);
    await engine.logIn(session);
  } catch (error) {
    end(session, error, engine.malformed);
  } finally {
    clearDeadline();
  }
}

function end(
  { link, server, attempt }: Session<LoginFaults>,
  error: unknown,
  malformed: Buffer | undefined,
): void {
  if (error instanceof Refusal) {
    server.log.settle(attempt, error.outcome, error.message, error.detail);
    if (error.packet) link.finish(error.packet);
    else link.reset();
    return;
  }
  server.log.settle(attempt, 'failed', messageOf(error));
  if (error instanceof RangeError && malformed) link.finish(malformed);
  else link.destroy();
}
