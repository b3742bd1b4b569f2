import { Cursor, NUL, nulTerminated } from '../endpoint/packet-fields';
import { MAX_PACKET_LENGTH, type Framing } from '../endpoint/packet-stream';

const INT32 = 4;
// PostgreSQL's own limit.
const MAX_STARTUP_LENGTH = 10_000;

/** What the first packets of a client are, by the number after their length. */
export const Request = {
  PROTOCOL_3_0: 3 << 16,
  CANCEL: 80877102,
  SSL: 80877103,
  GSSENC: 80877104,
} as const;

/** How a server can ask for the proof of who the client is. */
export const Authentication = {
  OK: 0,
  CLEARTEXT_PASSWORD: 3,
  MD5_PASSWORD: 5,
  GSS: 7,
  SASL: 10,
  SASL_CONTINUE: 11,
} as const;

/** What the client of a startup packet asks for, by name: `user`, `database`, `options`, every setting it wants. */
export type StartupParameters = ReadonlyMap<string, string>;

/** An error that ends a login. */
export interface FatalError {
  readonly sqlState: string;
  readonly message: string;
}

const int32 = (value: number) => {
  const buffer = Buffer.alloc(INT32);
  buffer.writeInt32BE(value);
  return buffer;
};

/** Whole packets, their header included: a letter and a length, or, as a client's first ones, a length alone. */
export const postgresFraming: Framing = {
  lengthOf(bytes) {
    // No packet is so long that a length would begin with a letter.
    const letter = bytes[0] === 0 ? 0 : 1;
    if (bytes.length < letter + INT32) return undefined;
    const length = bytes.readInt32BE(letter);
    if (length < INT32 || length > (letter === 0 ? MAX_STARTUP_LENGTH : MAX_PACKET_LENGTH))
      throw new RangeError('This is not the PostgreSQL protocol');
    return letter + length;
  },
  open: (packet) => packet,
  seal: (packet) => packet,
};

/** Which `Request` a client's first packet is. */
export function requestOf(packet: Buffer): number {
  return packet[0] === 0 && packet.length >= 2 * INT32 ? packet.readInt32BE(INT32) : NaN;
}

/** StartupMessage. */
export function parseStartup(packet: Buffer): StartupParameters {
  const cursor = new Cursor(packet, 2 * INT32);
  const parameters = new Map<string, string>();
  for (let name = cursor.nulText(); name !== ''; name = cursor.nulText())
    parameters.set(name, cursor.nulText());
  return parameters;
}

/** The other direction, for the backend. */
export function encodeStartup(parameters: StartupParameters): Buffer {
  const texts = [...parameters].flatMap((pair) => pair.map(nulTerminated));
  const body = Buffer.concat([int32(Request.PROTOCOL_3_0), ...texts, NUL]);
  return Buffer.concat([int32(INT32 + body.length), body]);
}

function message(letter: string, body: Buffer): Buffer {
  return Buffer.concat([Buffer.from(letter), int32(INT32 + body.length), body]);
}

/** Authentication…: what the server asks for next, or that it asks for nothing more. */
export function encodeAuthentication(kind: number, data: Buffer = Buffer.alloc(0)): Buffer {
  return message('R', Buffer.concat([int32(kind), data]));
}

/** The other direction; undefined when the packet is another. */
export function parseAuthentication(packet: Buffer): number | undefined {
  return packet.toString('latin1', 0, 1) === 'R'
    ? new Cursor(packet, 5).bytes(INT32).readInt32BE()
    : undefined;
}

/** PasswordMessage. */
export function encodePassword(password: string): Buffer {
  return message('p', nulTerminated(password));
}

/** What a client answers to any request for a proof; undefined when it says something else. */
export function parseProof(packet: Buffer): Buffer | undefined {
  return packet.toString('latin1', 0, 1) === 'p' ? packet.subarray(5) : undefined;
}

/** ErrorResponse. */
export function encodeFatalError({ sqlState, message: text }: FatalError): Buffer {
  const fields = ['SFATAL', 'VFATAL', `C${sqlState}`, `M${text}`];
  return message('E', Buffer.concat([...fields.map(nulTerminated), NUL]));
}

/** The SQLSTATE of an ErrorResponse; undefined when the packet is another. */
export function parseSqlState(packet: Buffer): string | undefined {
  if (packet.toString('latin1', 0, 1) !== 'E') return undefined;
  const cursor = new Cursor(packet, 5);
  for (let field = cursor.nulText(); field !== ''; field = cursor.nulText())
    if (field.startsWith('C')) return field.slice(1);
  return undefined;
}

/** What follows the last proof where there is no server that says it: AuthenticationOk, ReadyForQuery. */
export const welcome = Buffer.concat([
  encodeAuthentication(Authentication.OK),
  message('Z', Buffer.from('I')),
]);
