import { constants, createHash, publicEncrypt } from 'node:crypto';
import type { BackendAddress, BackendUser } from '../endpoint/endpoint-types';
import { MySqlFraming } from './mysql-framing';
import {
  Capability,
  encodeHandshakeResponse,
  parseAuthSwitch,
  parseGreeting,
  type Greeting,
  type HandshakeResponse,
} from './mysql-protocol';
import { openBackend } from '../endpoint/open-backend';
import { nulTerminated } from '../endpoint/packet-fields';
import type { PacketStream } from '../endpoint/packet-stream';
import type { BackendLogin } from '../endpoint/session';

const ANSWER_TIMEOUT_MS = 10_000;
const NATIVE = 'mysql_native_password';
const CACHING_SHA2 = 'caching_sha2_password';

// What caching_sha2_password says in its extra packets, and asks for.
const EXTRA = 1;
const FAST_AUTHENTICATION_DONE = 3;
const PERFORM_FULL_AUTHENTICATION = 4;
const REQUEST_PUBLIC_KEY = Buffer.of(2);

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

const xor = (bytes: Buffer, mask: Buffer) =>
  Buffer.from(bytes.map((byte, index) => byte ^ (mask[index % mask.length] ?? 0)));

const digest =
  (algorithm: 'sha1' | 'sha256') =>
  (...parts: (string | Buffer)[]): Buffer => {
    const hash = createHash(algorithm);
    for (const part of parts) hash.update(part);
    return hash.digest();
  };
const sha1 = digest('sha1');
const sha256 = digest('sha256');

/** SHA1(password) XOR SHA1(nonce + SHA1(SHA1(password))). */
const nativeProof = (password: string, nonce: Buffer) =>
  xor(sha1(password), sha1(nonce, sha1(sha1(password))));

/** SHA256(password) XOR SHA256(SHA256(SHA256(password)) + nonce). */
const cachingSha2Proof = (password: string, nonce: Buffer) =>
  xor(sha256(password), sha256(sha256(sha256(password)), nonce));

function proofOf(plugin: string, password: string, nonce: Buffer): Buffer {
  if (plugin !== NATIVE && plugin !== CACHING_SHA2)
    throw new Error(
      `The backend asks for ${plugin}: create the user with ${NATIVE} or ${CACHING_SHA2}`,
    );
  if (password === '') return Buffer.alloc(0);
  return (plugin === NATIVE ? nativeProof : cachingSha2Proof)(password, nonce);
}

/** The password for the server's RSA key, as caching_sha2_password wants it where there is no TLS. */
function encrypted(password: string, nonce: Buffer, publicKey: Buffer): Buffer {
  const masked = xor(nulTerminated(password), nonce);
  return publicEncrypt({ key: publicKey, padding: constants.RSA_PKCS1_OAEP_PADDING }, masked);
}

/** Answers until the server has decided; resolves to its last packet. */
async function answerQuestions(
  packets: PacketStream,
  password: string,
  greetingNonce: Buffer,
): Promise<Buffer> {
  let nonce = greetingNonce;
  for (;;) {
    const packet = await packets.next();
    if (packet[0] === 0xfe) {
      const request = parseAuthSwitch(packet);
      ({ nonce } = request);
      packets.send(proofOf(request.plugin, password, nonce));
    } else if (packet[0] === EXTRA && packet[1] === PERFORM_FULL_AUTHENTICATION) {
      packets.send(REQUEST_PUBLIC_KEY);
      const key = await packets.next();
      if (key[0] !== EXTRA) return key;
      packets.send(encrypted(password, nonce, key.subarray(1)));
    } else if (packet[0] !== EXTRA || packet[1] !== FAST_AUTHENTICATION_DONE) return packet;
  }
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
    const { nonce, plugin: preferred } = parseGreeting(await packets.next());
    const plugin = preferred === CACHING_SHA2 ? CACHING_SHA2 : NATIVE;
    packets.send(
      encodeHandshakeResponse({
        ...client,
        capabilities: client.capabilities & ~Capability.SSL,
        username: user.username,
        authResponse: proofOf(plugin, user.password, nonce),
        plugin,
      }),
    );
    const answer = await answerQuestions(packets, user.password, nonce);
    packets.detach();
    const refusal = answer[0] === 0 ? undefined : String(answer.readUInt16LE(1));
    return { answer, socket, refusal };
  } catch (error) {
    socket.destroy();
    throw error;
  }
}
