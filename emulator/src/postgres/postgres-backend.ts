import type { BackendAddress, BackendUser } from '../endpoint/endpoint-types';
import {
  Authentication,
  encodePassword,
  encodeStartup,
  parseAuthentication,
  parseSqlState,
  postgresFraming,
  type StartupParameters,
} from './postgres-protocol';
import { openBackend } from '../endpoint/open-backend';
import type { BackendLogin } from '../endpoint/session';

const ANSWER_TIMEOUT_MS = 10_000;

/** Logs in as `user` with the database, options and settings that the client asked for. */
export async function logInToPostgres(
  address: BackendAddress,
  user: BackendUser,
  client: StartupParameters,
  signal: AbortSignal,
): Promise<BackendLogin> {
  const { socket, packets } = await openBackend(address, postgresFraming, signal);
  try {
    const username = client.get('user') ?? '';
    // Without a database it is the one of the user's name, and here the name changes.
    const database = client.get('database') || username;
    packets.send(
      encodeStartup(new Map([...client, ['user', user.username], ['database', database]])),
    );
    let answer = await packets.next();
    if (parseAuthentication(answer) === Authentication.CLEARTEXT_PASSWORD) {
      packets.send(encodePassword(user.password));
      answer = await packets.next();
    }
    let refusal = parseSqlState(answer);
    if (refusal === undefined) {
      if (parseAuthentication(answer) !== Authentication.OK)
        throw new Error('The backend must ask for the password in clear: see pg_hba.conf');
      // Only after it knows the user does PostgreSQL look at the database.
      const next = await packets.next();
      refusal = parseSqlState(next);
      answer = Buffer.concat([answer, next]);
    }
    packets.detach();
    return { answer, socket, refusal };
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

/** Finds out whether the backend accepts connections, and gives it ten seconds. */
export async function findBackend(address: BackendAddress): Promise<void> {
  const signal = AbortSignal.timeout(ANSWER_TIMEOUT_MS);
  const { socket } = await openBackend(address, postgresFraming, signal);
  socket.destroy();
}

/** Passes a CancelRequest on; resolves when the backend has dealt with it. */
export async function cancelAtBackend(
  address: BackendAddress,
  request: Buffer,
  signal: AbortSignal,
): Promise<void> {
  const { socket, packets } = await openBackend(address, postgresFraming, signal);
  packets.send(request);
  // The backend never answers: it hangs up.
  await packets.next().catch(() => undefined);
  socket.destroy();
}
