import { randomBytes } from 'node:crypto';
import { Refusal } from '../endpoint/login-refusal';
import { askForToken } from './mysql-ask-for-token';
import { logInToMySql } from './mysql-backend';
import type { MySqlFaults } from './mysql-faults';
import {
  encodeError,
  encodeGreeting,
  isTlsRequest,
  okPacket,
  parseHandshakeResponse,
  type Greeting,
  type HandshakeResponse,
} from './mysql-protocol';
import { accessDenied, tlsRequired, tooManyConnections } from './mysql-refusals';
import { reach } from '../endpoint/login-steps';
import { admit, establishTls, judge, type Session } from '../endpoint/session';

// A printable nonce without NUL, as servers make them.
const newNonce = () => Buffer.from(randomBytes(20).map((byte) => 33 + (byte % 94)));

async function greet(
  session: Session<MySqlFaults>,
  greeting: Greeting,
): Promise<HandshakeResponse> {
  const { link, server, attempt } = session;
  link.send(encodeGreeting(greeting));
  let packet = await link.receive();
  await reach('greeting', session);
  if (server.tls && isTlsRequest(packet)) {
    await establishTls(session, server.tls);
    packet = await link.receive();
  }
  const response = parseHandshakeResponse(packet);
  attempt.username = response.username;
  if (server.tls && !attempt.tlsEstablished) throw new Refusal('refused', 'plaintext', tlsRequired);
  return response;
}

/** Leads one MySQL client from the greeting to the backend, or throws a refusal. */
export async function logInMySqlClient(
  session: Session<MySqlFaults>,
  greeting: Omit<Greeting, 'nonce'>,
): Promise<void> {
  const { link, server } = session;
  const { errorPacket } = server.faults;
  if (server.isFull) throw new Refusal('refused', 'too-many-connections', tooManyConnections);
  const nonce = newNonce();
  const response = await greet(session, { ...greeting, nonce });
  const { username } = response;
  await reach('token-request', session);
  const token = await askForToken(link, server.faults, response, nonce);
  const user = await judge(
    session,
    { username, token },
    {
      denied: accessDenied(username),
      fault:
        errorPacket &&
        new Refusal('refused', `error ${errorPacket.code}`, encodeError(errorPacket)),
    },
  );
  await admit(session, user, {
    welcome: okPacket,
    logIn: (address, backendUser, signal) => logInToMySql(address, backendUser, response, signal),
  });
}
