import type { Shown, Wire } from './wire';

const SSL_REQUEST = 80_877_103;

/** The authentication requests of PostgreSQL's protocol. */
export const Authentication = {
  OK: 0,
  CLEAR: 3,
  MD5: 5,
  GSS: 7,
  SSPI: 9,
  SASL: 10,
  SASL_CONTINUE: 11,
} as const;

/** How an adversary that speaks PostgreSQL's protocol begins. */
export interface PostgresStart {
  /** What it shows in TLS; without it, it has no TLS. */
  readonly shown?: Shown;
  /** What it sends in one piece with its consent to TLS, before TLS. */
  readonly glued?: Buffer;
  /** Whether it sends one byte at a time. */
  readonly drips?: boolean;
}

/** One message of a server. */
export function postgresMessage(type: string, body: Buffer = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(5, type);
  head.writeUInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}

export function authentication(kind: number, data: Buffer | string = ''): Buffer {
  const code = Buffer.alloc(4);
  code.writeUInt32BE(kind);
  return postgresMessage('R', Buffer.concat([code, Buffer.from(data)]));
}

export const postgresError = (sqlState: string, text: string): Buffer =>
  postgresMessage('E', Buffer.from(`SFATAL\0VFATAL\0C${sqlState}\0M${text}\0\0`));

/** The end of an answer without rows. */
export const commandComplete: Buffer = postgresMessage('C', Buffer.from('SELECT 0\0'));

export const readyForQuery: Buffer = postgresMessage('Z', Buffer.from('I'));

/** The login of one client, as far as the adversary has got. */
export interface PostgresLogin {
  readonly wire: Wire;
  readonly say: (message: Buffer) => void;
  /** Says something and waits for the client's answer. */
  readonly ask: (message: Buffer) => Promise<Buffer>;
}

/** Starts TLS where it has it, and reads the client's first message. Throws when the client hangs up. */
export async function meetPostgres(
  wire: Wire,
  { shown, glued = Buffer.alloc(0), drips = false }: PostgresStart,
): Promise<PostgresLogin> {
  let head = await wire.take(8);
  if (head.readUInt32BE(4) === SSL_REQUEST) {
    wire.send(Buffer.concat([Buffer.from(shown === undefined ? 'N' : 'S'), glued]));
    if (shown !== undefined) await wire.startTls(shown);
    head = await wire.take(8);
  }
  await wire.take(head.readUInt32BE(0) - head.length);
  const say = (message: Buffer) => wire.send(message);
  return {
    wire,
    say,
    ask: async (message) => {
      if (drips) await wire.drip(message);
      else say(message);
      const header = await wire.take(5);
      return wire.take(header.readUInt32BE(1) - 4);
    },
  };
}
