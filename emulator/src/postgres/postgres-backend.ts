import { createHash } from 'node:crypto';
import { scramClient } from '../backend/scram';
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
import { nulTerminated } from '../endpoint/packet-fields';
import type { PacketStream } from '../endpoint/packet-stream';
import type { BackendLogin } from '../endpoint/session';

const ANSWER_TIMEOUT_MS = 10_000;
const SCRAM = 'SCRAM-SHA-256';
const SASL_FINAL = 12;

/** What a packet of the server carries behind its kind. */
const dataOf = (packet: Buffer) => packet.subarray(9);

const md5 = (...parts: (string | Buffer)[]) => {
  const hash = createHash('md5');
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
};

/** PasswordMessage, with bytes in place of a text. */
function encodeProof(proof: Buffer): Buffer {
  const header = Buffer.from('p\0\0\0\0');
  header.writeInt32BE(4 + proof.length, 1);
  return Buffer.concat([header, proof]);
}

/** SASLInitialResponse. */
function encodeScramStart(text: string): Buffer {
  const length = Buffer.alloc(4);
  length.writeInt32BE(Buffer.byteLength(text));
  return encodeProof(Buffer.concat([nulTerminated(SCRAM), length, Buffer.from(text)]));
}

async function logInWithScram(packets: PacketStream, password: string): Promise<Buffer> {
  const scram = scramClient(password);
  packets.send(encodeScramStart(scram.firstMessage));
  const first = await packets.next();
  if (parseAuthentication(first) !== Authentication.SASL_CONTINUE) return first;
  packets.send(encodeProof(Buffer.from(await scram.finalMessage(dataOf(first).toString()))));
  const last = await packets.next();
  if (parseAuthentication(last) !== SASL_FINAL) return last;
  if (!scram.isServer(dataOf(last).toString()))
    throw new Error('The backend does not know the password that it accepts');
  return packets.next();
}

/** Proves who the user is, as the server wants it; resolves to what the server says to that. */
async function answerQuestion(
  packets: PacketStream,
  { username, password }: BackendUser,
): Promise<Buffer> {
  const question = await packets.next();
  switch (parseAuthentication(question)) {
    case Authentication.CLEARTEXT_PASSWORD:
      packets.send(encodePassword(password));
      return packets.next();
    case Authentication.MD5_PASSWORD:
      packets.send(encodePassword(`md5${md5(md5(password, username), dataOf(question))}`));
      return packets.next();
    case Authentication.SASL:
      return logInWithScram(packets, password);
    default:
      return question;
  }
}

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
    let answer = await answerQuestion(packets, user);
    let refusal = parseSqlState(answer);
    if (refusal === undefined) {
      if (parseAuthentication(answer) !== Authentication.OK)
        throw new Error(
          'The backend asks for another proof than a password: allow scram-sha-256 in pg_hba.conf',
        );
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
