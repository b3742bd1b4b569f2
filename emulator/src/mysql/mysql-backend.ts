import { createHash } from 'node:crypto';
import type { BackendAddress, BackendUser } from '../endpoint/endpoint-types';
import { MySqlFraming } from './mysql-framing';
import {
  Capability,
  encodeHandshakeResponse,
  parseAuthSwitch,
  parseError,
  parseGreeting,
  type Greeting,
  type HandshakeResponse,
} from './mysql-protocol';
import { openBackend } from '../endpoint/open-backend';
import type { BackendLogin } from '../endpoint/session';

const ANSWER_TIMEOUT_MS = 10_000;
const NATIVE = 'mysql_native_password';

/** Asks the backend who it is, and gives it ten seconds to answer. */
export async function readBackendGreeting(address: BackendAddress): Promise<Greeting> {
  const signal = AbortSignal.timeout(ANSWER_TIMEOUT_MS);
  const { socket, packets } = await openBackend(address, new MySqlFraming(), signal);
  try {
    return parseGreeting(await packets.next());
  } finally {
    socket.destroy();
  }
}

/** The proof of mysql_native_password: SHA1(password) XOR SHA1(nonce + SHA1(SHA1(password))). */
function nativeProof(password: string, nonce: Buffer): Buffer {
  const sha1 = (...parts: (string | Buffer)[]) => {
    const hash = createHash('sha1');
    for (const part of parts) hash.update(part);
    return hash.digest();
  };
  const once = sha1(password);
  const mask = sha1(nonce, sha1(once));
  return Buffer.from(once.map((byte, index) => byte ^ (mask[index] ?? 0)));
}

/** Logs in as `user` with the flags, character set, database and attributes that the client asked for. */
export async function logInToMySql(
  address: BackendAddress,
  user: BackendUser,
  client: HandshakeResponse,
  signal: AbortSignal,
): Promise<BackendLogin> {
  const { socket, packets } = await openBackend(address, new MySqlFraming(), signal);
  try {
    const greeting = parseGreeting(await packets.next());
    packets.send(
      encodeHandshakeResponse({
        ...client,
        capabilities: client.capabilities & ~Capability.SSL,
        username: user.username,
        authResponse: nativeProof(user.password, greeting.nonce),
        plugin: NATIVE,
      }),
    );
    let answer = await packets.next();
    if (answer[0] === 0xfe) {
      const request = parseAuthSwitch(answer);
      if (request.plugin !== NATIVE) throw parseError(answer);
      packets.send(nativeProof(user.password, request.nonce));
      answer = await packets.next();
    }
    packets.detach();
    const refusal = answer[0] === 0 ? undefined : String(answer.readUInt16LE(1));
    return { answer, socket, refusal };
  } catch (error) {
    socket.destroy();
    throw error;
  }
}
