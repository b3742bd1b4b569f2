import { Refusal } from '../endpoint/login-refusal';
import { askForToken } from './postgres-ask-for-token';
import { cancelAtBackend, logInToPostgres } from './postgres-backend';
import type { PostgresFaults } from './postgres-faults';
import {
  encodeFatalError,
  parseStartup,
  Request,
  requestOf,
  welcome,
  type StartupParameters,
} from './postgres-protocol';
import {
  authenticationFailed,
  tlsRequired,
  tooManyConnections,
  unsupportedProtocol,
} from './postgres-refusals';
import { reach } from '../endpoint/login-steps';
import { admit, establishTls, judge, type Session } from '../endpoint/session';

const YES = Buffer.from('S');
const NO = Buffer.from('N');
const MAX_NAME_LENGTH = 63;

/** Answers a client until it has said who it is and what it wants; undefined when it only wanted a statement cancelled. */
async function greet(session: Session<PostgresFaults>): Promise<StartupParameters | undefined> {
  const { link, server, attempt } = session;
  // As with PostgreSQL, a client can ask for either encryption once.
  const asked = new Set<number>();
  for (;;) {
    const packet = await link.receive();
    if (asked.size === 0) await reach('startup', session);
    const request = requestOf(packet);
    if (asked.has(request)) throw new Refusal('refused', 'protocol', unsupportedProtocol);
    asked.add(request);
    switch (request) {
      case Request.SSL:
        link.send(server.tls ? YES : NO);
        if (server.tls) await establishTls(session, server.tls);
        break;
      case Request.GSSENC:
        link.send(NO);
        break;
      case Request.CANCEL:
        server.log.discard(attempt);
        if (server.backend) await cancelAtBackend(server.backend, packet, link.closed);
        link.finish();
        return undefined;
      case Request.PROTOCOL_3_0:
        return parseStartup(packet);
      default:
        throw new Refusal('refused', 'protocol', unsupportedProtocol);
    }
  }
}

/** Leads one PostgreSQL client from its first packet to the backend, or throws a refusal. */
export async function logInPostgresClient(session: Session<PostgresFaults>): Promise<void> {
  const { link, server, attempt } = session;
  const { errorPacket } = server.faults;
  const client = await greet(session);
  if (!client) return;
  // As PostgreSQL does with longer names: the log keeps many.
  const username = (client.get('user') ?? '').slice(0, MAX_NAME_LENGTH);
  attempt.username = username;
  if (server.isFull) throw new Refusal('refused', 'too-many-connections', tooManyConnections);
  if (server.tls && !attempt.tlsEstablished)
    throw new Refusal('refused', 'plaintext', tlsRequired(client));

  await reach('token-request', session);
  const token = await askForToken(link, server.faults, username);
  const user = await judge(
    session,
    { username, token },
    {
      denied: authenticationFailed(username),
      fault:
        errorPacket &&
        new Refusal('refused', `error ${errorPacket.sqlState}`, encodeFatalError(errorPacket)),
    },
  );
  await admit(session, user, {
    welcome,
    logIn: (address, backendUser, signal) => logInToPostgres(address, backendUser, client, signal),
  });
}
