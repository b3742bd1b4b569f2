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
import { authenticationFailed, tlsRequired, unsupportedProtocol } from './postgres-refusals';
import { admit, establishTls, judge, type Session } from '../endpoint/session';

const YES = Buffer.from('S');
const NO = Buffer.from('N');

/** Answers a client until it has said who it is and what it wants; undefined when it only wanted a statement cancelled. */
async function greet(session: Session<PostgresFaults>): Promise<StartupParameters | undefined> {
  const { link, server, attempt } = session;
  for (;;) {
    const packet = await link.receive();
    switch (requestOf(packet)) {
      case Request.SSL:
        if (server.tls && !attempt.tlsEstablished) {
          link.send(YES);
          await establishTls(session, server.tls);
        } else link.send(NO);
        break;
      case Request.GSSENC:
        link.send(NO);
        break;
      case Request.CANCEL:
        server.log.discard(attempt);
        if (server.backend) await cancelAtBackend(server.backend, packet);
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
  const username = client.get('user') ?? '';
  attempt.username = username;
  if (server.tls && !attempt.tlsEstablished)
    throw new Refusal('refused', 'plaintext', tlsRequired(client));

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
    logIn: (address, backendUser) => logInToPostgres(address, backendUser, client),
  });
}
