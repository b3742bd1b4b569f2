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

/** What a server says first that knows TLS. */
export function mysqlGreeting(): Buffer {
  const nonce = randomBytes(20);
  const fields = Buffer.alloc(8);
  fields.writeUInt16LE(CAPABILITIES & 0xffff, 0);
  fields.writeUInt8(45, 2);
  fields.writeUInt16LE(2, 3);
  fields.writeUInt16LE(CAPABILITIES >>> 16, 5);
  fields.writeUInt8(nonce.length + 1, 7);
  return Buffer.concat([
    Buffer.of(10),
    Buffer.from('8.0.36\0'),
    Buffer.of(1, 0, 0, 0),
    nonce.subarray(0, 8),
    NUL,
    fields,
    Buffer.alloc(10),
    nonce.subarray(8),
    NUL,
    Buffer.from('mysql_native_password\0'),
  ]);
}

/** How a server asks for the token. */
export const mysqlClearPasswordRequest = (): Buffer =>
  Buffer.from('\xfemysql_clear_password\0', 'latin1');
