import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { SecureContext } from 'node:tls';
import { askForToken } from './ask-for-token';
import type { AttemptLog, AttemptRecord } from './attempt-log';
import { ClientLink } from './client-link';
import { accessDenied, Refusal, tlsRequired } from './login-refusal';
import { logInToBackend, type BackendAddress } from './mysql-backend';
import type { BackendUser, Faults } from './mysql-emulator-types';
import {
  encodeError,
  encodeGreeting,
  isTlsRequest,
  okPacket,
  parseHandshakeResponse,
  type Greeting,
  type HandshakeResponse,
} from './mysql-protocol';
import type { TokenVerdict } from './verify-token';

/** What a session needs of its emulator. */
export interface SessionServer {
  readonly log: AttemptLog;
  readonly faults: Faults;
  readonly greeting: Omit<Greeting, 'nonce'>;
  readonly tls: SecureContext | undefined;
  readonly backend: BackendAddress | undefined;
  readonly limit: number;
  onBytes(bytes: Buffer): void;
  backendUser(username: string): BackendUser | undefined;
  verify(token: string, username: string): TokenVerdict;
}

// A printable nonce without NUL, as servers make them.
const newNonce = () => Buffer.from(randomBytes(20).map((byte) => 33 + (byte % 94)));

async function greet(
  link: ClientLink,
  server: SessionServer,
  attempt: AttemptRecord,
  nonce: Buffer,
): Promise<HandshakeResponse> {
  link.send(encodeGreeting({ ...server.greeting, nonce }));
  let packet = await link.receive();
  if (server.tls && isTlsRequest(packet)) {
    const servername = await link.startTls(server.tls);
    attempt.tlsEstablished = true;
    if (servername !== undefined) attempt.servername = servername;
    packet = await link.receive();
  }
  const response = parseHandshakeResponse(packet);
  attempt.username = response.username;
  if (server.tls && !attempt.tlsEstablished) throw new Refusal('refused', 'plaintext', tlsRequired);
  return response;
}

function waitBeforeAnswer(
  { delayMs = 0, jitterMs: [min, max] = [0, 0] }: Faults,
  signal: AbortSignal,
) {
  const waitMs = delayMs + min + Math.random() * (max - min);
  return waitMs > 0 ? delay(waitMs, undefined, { signal }) : undefined;
}

/** Resolves to the backend user when the token is good, refuses otherwise. */
async function judge(
  link: ClientLink,
  server: SessionServer,
  attempt: AttemptRecord,
  login: { username: string; token: string },
): Promise<BackendUser | undefined> {
  const { faults } = server;
  const arrived = server.log.countToken(attempt);
  const verdict = server.verify(login.token, login.username);
  await waitBeforeAnswer(faults, link.closed);

  const denied = accessDenied(login.username);
  if (faults.resetAfterToken) throw new Refusal('refused', 'reset');
  if (arrived > server.limit) throw new Refusal('throttled', 'throttled', denied);
  if (faults.errorPacket)
    throw new Refusal('refused', `error ${faults.errorPacket.code}`, faults.errorPacket);
  if (faults.deny) throw new Refusal('denied', 'fault', denied);
  if (!verdict.ok) throw new Refusal('denied', verdict.reason, denied);

  const user = server.backendUser(login.username);
  if (server.backend && !user) throw new Refusal('denied', 'unknown-user', denied);
  return user;
}

async function logIn(link: ClientLink, server: SessionServer, attempt: AttemptRecord) {
  const nonce = newNonce();
  const response = await greet(link, server, attempt, nonce);
  const { username } = response;
  const token = await askForToken(link, server.faults, response, nonce);
  const user = await judge(link, server, attempt, { username, token });
  if (!server.backend || !user) {
    server.log.settle(attempt, 'accepted');
    link.finish(okPacket);
    return;
  }
  const { answer, socket } = await logInToBackend(server.backend, user, response);
  if (answer[0] !== 0) {
    server.log.settle(attempt, 'refused', `backend ${answer.readUInt16LE(1)}`);
    link.finish(answer);
    socket.destroy();
    return;
  }
  server.log.settle(attempt, 'accepted');
  link.send(answer);
  link.splice(socket);
}

/** Serves one accepted connection from the greeting to the end, and notes in the log what became of it. */
export async function serveMysqlClient(raw: Socket, server: SessionServer): Promise<void> {
  const attempt = server.log.open();
  raw.once('close', () => {
    server.log.end(attempt);
  });
  const link = new ClientLink(raw, (bytes) => server.onBytes(bytes));
  try {
    if (server.faults.tcpReset) throw new Refusal('refused', 'reset');
    while (server.faults.silent) await link.receive();
    await logIn(link, server, attempt);
  } catch (error) {
    if (!(error instanceof Refusal)) {
      server.log.settle(attempt, 'failed', error instanceof Error ? error.message : 'unknown');
      raw.destroy();
      return;
    }
    server.log.settle(attempt, error.outcome, error.message);
    if (error.packet) link.finish(encodeError(error.packet));
    else link.reset();
  }
}
