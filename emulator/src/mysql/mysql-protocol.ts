import { Cursor, NUL, nulTerminated, uint } from '../endpoint/packet-fields';

/** The capability flags that the emulator has to know; all others pass through it untouched. */
export const Capability = {
  CONNECT_WITH_DB: 1 << 3,
  COMPRESS: 1 << 5,
  PROTOCOL_41: 1 << 9,
  SSL: 1 << 11,
  SECURE_CONNECTION: 1 << 15,
  PLUGIN_AUTH: 1 << 19,
  CONNECT_ATTRS: 1 << 20,
  PLUGIN_AUTH_LENENC_CLIENT_DATA: 1 << 21,
  ZSTD_COMPRESSION: 1 << 26,
  MULTI_FACTOR: 1 << 28,
} as const;

/** What a server says first. `reserved` holds MariaDB's extended capabilities. */
export interface Greeting {
  readonly serverVersion: string;
  readonly connectionId: number;
  readonly capabilities: number;
  readonly charset: number;
  readonly status: number;
  readonly reserved: Buffer;
  readonly nonce: Buffer;
  readonly plugin: string;
}

/** What a client answers to the greeting, after TLS has begun. `preamble` is flags, packet size, charset, reserved. */
export interface HandshakeResponse {
  readonly preamble: Buffer;
  readonly capabilities: number;
  readonly username: string;
  readonly authResponse: Buffer;
  readonly database: string | undefined;
  readonly plugin: string | undefined;
  readonly attributes: Buffer;
}

const PREAMBLE_LENGTH = 32;
const NONCE_HEAD = 8;
const MAX_USERNAME_LENGTH = 96;

/** Protocol::HandshakeV10. */
export function encodeGreeting(greeting: Greeting): Buffer {
  return Buffer.concat([
    Buffer.of(10),
    nulTerminated(greeting.serverVersion),
    uint(greeting.connectionId, 4),
    greeting.nonce.subarray(0, NONCE_HEAD),
    NUL,
    uint(greeting.capabilities & 0xffff, 2),
    uint(greeting.charset, 1),
    uint(greeting.status, 2),
    uint(greeting.capabilities >>> 16, 2),
    uint(greeting.nonce.length + 1, 1),
    greeting.reserved,
    greeting.nonce.subarray(NONCE_HEAD),
    NUL,
    nulTerminated(greeting.plugin),
  ]);
}

/** The other direction, for the backend's own greeting. */
export function parseGreeting(packet: Buffer): Greeting {
  if (packet[0] !== 10) throw parseError(packet);
  const cursor = new Cursor(packet, 1);
  const serverVersion = cursor.nulText();
  const connectionId = cursor.uint(4);
  const nonceHead = cursor.bytes(NONCE_HEAD);
  cursor.bytes(1);
  const lowFlags = cursor.uint(2);
  const charset = cursor.uint(1);
  const status = cursor.uint(2);
  const capabilities = lowFlags | (cursor.uint(2) << 16);
  const nonceLength = cursor.uint(1) - 1;
  const reserved = cursor.bytes(10);
  const nonceTail = cursor.bytes(nonceLength - NONCE_HEAD);
  cursor.bytes(1);
  const nonce = Buffer.concat([nonceHead, nonceTail]);
  const plugin = cursor.nulText();
  return { serverVersion, connectionId, capabilities, charset, status, reserved, nonce, plugin };
}

/** Whether a client's first packet asks for TLS: a preamble with the flag and nothing behind it. */
export function isTlsRequest(packet: Buffer): boolean {
  return packet.length === PREAMBLE_LENGTH && (packet.readUInt32LE(0) & Capability.SSL) !== 0;
}

/** Protocol::HandshakeResponse41. */
export function parseHandshakeResponse(packet: Buffer): HandshakeResponse {
  const cursor = new Cursor(packet);
  const preamble = cursor.bytes(PREAMBLE_LENGTH);
  const capabilities = preamble.readUInt32LE(0);
  const has = (flag: number) => (capabilities & flag) !== 0;
  if (!has(Capability.PROTOCOL_41) || !has(Capability.SECURE_CONNECTION))
    throw new RangeError('The client is older than MySQL 4.1');
  // As servers do with longer names: the log keeps many.
  const username = cursor.nulText().slice(0, MAX_USERNAME_LENGTH);
  const authResponse = has(Capability.PLUGIN_AUTH_LENENC_CLIENT_DATA)
    ? cursor.lengthEncoded()
    : cursor.bytes(cursor.uint(1));
  const database = has(Capability.CONNECT_WITH_DB) ? cursor.nulText() : undefined;
  const plugin = has(Capability.PLUGIN_AUTH) ? cursor.nulText() : undefined;
  return {
    preamble,
    capabilities,
    username,
    authResponse,
    database,
    plugin,
    attributes: cursor.rest(),
  };
}

/** The same answer for another server: other flags, user and proof, everything else as the client wrote it. */
export function encodeHandshakeResponse(response: HandshakeResponse): Buffer {
  const { preamble, capabilities, username, authResponse, database, plugin } = response;
  return Buffer.concat([
    uint(capabilities, 4),
    preamble.subarray(4),
    nulTerminated(username),
    uint(authResponse.length, 1),
    authResponse,
    database === undefined ? Buffer.alloc(0) : nulTerminated(database),
    plugin === undefined ? Buffer.alloc(0) : nulTerminated(plugin),
    response.attributes,
  ]);
}

/** An error as a server sends it. */
export interface ErrorPacket {
  readonly code: number;
  readonly sqlState: string;
  readonly message: string;
}

/** ERR_Packet. */
export function encodeError({ code, sqlState, message }: ErrorPacket): Buffer {
  return Buffer.concat([Buffer.of(0xff), uint(code, 2), Buffer.from(`#${sqlState}${message}`)]);
}

/** What an unexpected packet from a server says, as an error to throw. */
function parseError(packet: Buffer): Error {
  const text = packet[0] === 0xff ? packet.subarray(3).toString() : packet.toString('hex', 0, 16);
  return new Error(`The database server answered: ${text}`);
}

/** OK_Packet of a login. */
export const okPacket = Buffer.of(0, 0, 0, 2, 0, 0, 0);

/** Protocol::AuthSwitchRequest. */
export function encodeAuthSwitch(plugin: string, nonce: Buffer): Buffer {
  const data = plugin === 'mysql_clear_password' ? Buffer.alloc(0) : Buffer.concat([nonce, NUL]);
  return Buffer.concat([Buffer.of(0xfe), nulTerminated(plugin), data]);
}

/** The other direction, for a backend whose default plugin is not the user's. */
export function parseAuthSwitch(packet: Buffer): { plugin: string; nonce: Buffer } {
  const cursor = new Cursor(packet, 1);
  return { plugin: cursor.nulText(), nonce: cursor.rest().subarray(0, 20) };
}
