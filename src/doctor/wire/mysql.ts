import { randomBytes } from 'node:crypto';
import type { Duplex } from 'node:stream';
import { malformed, protocolError, readExactly, type LoginProtocol } from './protocol';

/** Capability flags (Protocol::HandshakeResponse41). */
const LONG_PASSWORD = 1;
const PROTOCOL_41 = 1 << 9;
const SSL = 1 << 11;
const SECURE_CONNECTION = 1 << 15;
const PLUGIN_AUTH = 1 << 19;
const FLAGS = LONG_PASSWORD | PROTOCOL_41 | SSL | SECURE_CONNECTION | PLUGIN_AUTH;
const UTF8MB4 = 45;
const MAX_PACKET = 1 << 24;

const ERROR = 0xff;
const AUTH_SWITCH = 0xfe;
const AUTH_MORE_DATA = 0x01;
const ACCESS_DENIED = 1045;
/** The plugin of the first response. If it is the user's plugin, the server answers without requesting another. */
const FIRST_PLUGIN = 'mysql_native_password';

/** MySQL and MariaDB. */
export const mysqlProtocol: LoginProtocol = {
  iamMethod: 'mysql_clear_password',
  startTls: async (stream) => {
    const greeting = await readPacket(stream);
    if (greeting[0] === ERROR) throw serverError(greeting);
    if ((capabilitiesOf(greeting) & SSL) === 0) {
      throw protocolError('HANDSHAKE_NO_SSL_SUPPORT', 'Server does not support secure connection');
    }
    stream.write(packet(1, preamble()));
  },
  requestedMethod: async (stream, username) => {
    // A random hash, which matches no password, so that no login succeeds.
    const hash = randomBytes(20);
    stream.write(
      packet(
        2,
        preamble(),
        Buffer.from(`${username}\0`),
        Buffer.of(hash.length),
        hash,
        Buffer.from(`${FIRST_PLUGIN}\0`),
      ),
    );
    const answer = await readPacket(stream);
    if (answer[0] === AUTH_SWITCH) return textUntilNul(answer, 1);
    if (answer[0] === AUTH_MORE_DATA) return 'caching_sha2_password';
    const error = serverError(answer);
    if (error.code === ACCESS_DENIED) return FIRST_PLUGIN;
    throw error;
  },
};

async function readPacket(stream: Duplex): Promise<Buffer> {
  const length = (await readExactly(stream, 4)).readUIntLE(0, 3);
  if (length === 0 || length > 65_535) {
    throw malformed('this is not a MySQL server');
  }
  return readExactly(stream, length);
}

function packet(sequence: number, ...parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  const head = Buffer.alloc(4);
  head.writeUIntLE(body.length, 0, 3);
  head[3] = sequence;
  return Buffer.concat([head, body]);
}

function preamble(): Buffer {
  const bytes = Buffer.alloc(32);
  bytes.writeUInt32LE(FLAGS, 0);
  bytes.writeUInt32LE(MAX_PACKET, 4);
  bytes[8] = UTF8MB4;
  return bytes;
}

/** Protocol::HandshakeV10: version, connection ID, half a nonce, and then the flags in two halves. */
function capabilitiesOf(greeting: Buffer): number {
  const lower = greeting.indexOf(0, 1) + 1 + 4 + 8 + 1;
  if (greeting[0] !== 10 || greeting.length < lower + 7) {
    throw malformed('this is not a MySQL server');
  }
  return greeting.readUInt16LE(lower) | (greeting.readUInt16LE(lower + 5) << 16);
}

function serverError(answer: Buffer): Error & { code?: unknown } {
  if (answer[0] !== ERROR) return malformed('an unknown answer');
  const text = answer.toString('utf8', 3).replace(/^#.{5}/, '');
  return protocolError(answer.readUInt16LE(1), text);
}

function textUntilNul(bytes: Buffer, start: number): string {
  const end = bytes.indexOf(0, start);
  return bytes.toString('latin1', start, end === -1 ? bytes.length : end);
}
