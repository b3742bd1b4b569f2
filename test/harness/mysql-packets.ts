import { randomBytes } from 'node:crypto';

// PROTOCOL_41, SSL, SECURE_CONNECTION and PLUGIN_AUTH.
const CAPABILITIES = (1 << 9) | (1 << 11) | (1 << 15) | (1 << 19);
const NUL = Buffer.of(0);

/** One packet of MySQL's protocol. */
export function mysqlPacket(sequence: number, payload: Buffer): Buffer {
  const header = Buffer.alloc(4);
  header.writeUIntLE(payload.length, 0, 3);
  header.writeUInt8(sequence, 3);
  return Buffer.concat([header, payload]);
}

/** What differs between greetings. */
interface Greeting {
  readonly nonce?: Buffer;
  readonly plugin?: string;
  readonly version?: string;
  readonly capabilities?: number;
}

/** What a server says first (Protocol::HandshakeV10); as it is, one that knows TLS. */
export function mysqlGreeting({
  nonce = randomBytes(20),
  plugin = 'mysql_native_password',
  version = '8.0.36',
  capabilities = CAPABILITIES,
}: Greeting = {}): Buffer {
  const fields = Buffer.alloc(18);
  fields.writeUInt16LE(capabilities & 0xffff, 0);
  fields.writeUInt8(45, 2);
  fields.writeUInt16LE(2, 3);
  fields.writeUInt16LE(capabilities >>> 16, 5);
  fields.writeUInt8(nonce.length + 1, 7);
  const [head, tail] = [nonce.subarray(0, 8), nonce.subarray(8)];
  const parts = [Buffer.of(10), Buffer.from(`${version}\0`), Buffer.of(1, 0, 0, 0), head, NUL];
  return Buffer.concat([...parts, fields, tail, NUL, Buffer.from(`${plugin}\0`)]);
}

/** How a server asks for the token. */
export const mysqlClearPasswordRequest = (): Buffer =>
  Buffer.from('\xfemysql_clear_password\0', 'latin1');
