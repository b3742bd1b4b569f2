import { randomBytes } from 'node:crypto';
import { mysqlGreeting, mysqlPacket } from '../harness/mysql-packets';
import type { Shown, Wire } from './wire';

export const CLEAR = 'mysql_clear_password';
const SSL = 1 << 11;
const SSL_REQUEST_LENGTH = 32;

export const MULTI_FACTOR = 1 << 28;
export const SESSION_TRACK = 1 << 23;
/** CONNECT_WITH_DB, PROTOCOL_41, TRANSACTIONS, SECURE_CONNECTION, PLUGIN_AUTH and CONNECT_ATTRS. */
const CAPABILITIES = (1 << 3) | (1 << 9) | (1 << 13) | (1 << 15) | (1 << 19) | (1 << 20);

/** How an adversary that speaks MySQL's protocol begins. */
export interface MySqlStart {
  /** What it shows in TLS; without it, it has no TLS. */
  readonly shown?: Shown;
  /** The plugin in its greeting. */
  readonly plugin?: string;
  readonly nonce?: Buffer;
  readonly version?: string;
  readonly capabilities?: number;
  /** What it sends in one piece with the greeting, before TLS. */
  readonly glued?: Buffer;
  /** Whether it sends one byte at a time. */
  readonly drips?: boolean;
}

/** A printable nonce, as servers make them. */
export const newNonce = (): Buffer => Buffer.from(randomBytes(20).map((byte) => 33 + (byte % 94)));

/** The greeting of such an adversary. */
export function greetingOf(start: MySqlStart, nonce: Buffer): Buffer {
  const { shown, plugin, version, capabilities = 0 } = start;
  return mysqlGreeting({
    nonce,
    capabilities: CAPABILITIES | capabilities | (shown === undefined ? 0 : SSL),
    ...(plugin !== undefined && { plugin }),
    ...(version !== undefined && { version }),
  });
}

/** Protocol::AuthSwitchRequest. */
export const authSwitch = (plugin: string, data: Buffer = Buffer.alloc(0)): Buffer =>
  Buffer.concat([Buffer.of(0xfe), Buffer.from(`${plugin}\0`), data]);

/** Protocol::AuthNextFactor. */
export const nextFactor = (plugin: string): Buffer =>
  Buffer.concat([Buffer.of(2), Buffer.from(`${plugin}\0`)]);

/** Protocol::AuthMoreData. */
export const moreData = (data: Buffer | string): Buffer =>
  Buffer.concat([Buffer.of(1), Buffer.from(data)]);

/** OK_Packet. */
export const ok: Buffer = Buffer.of(0, 0, 0, 2, 0, 0, 0);

/** OK_Packet that tells of a changed variable of the session. */
export function okWithVariable(name: string, value: string): Buffer {
  const lengthEncoded = (...parts: readonly Buffer[]) => {
    const bytes = Buffer.concat(parts);
    return Buffer.concat([Buffer.of(bytes.length), bytes]);
  };
  const variable = lengthEncoded(...[name, value].map((text) => lengthEncoded(Buffer.from(text))));
  const changes = lengthEncoded(Buffer.of(0), variable);
  return Buffer.concat([Buffer.of(0, 0, 0, 2, 0x40, 0, 0, 0), changes]);
}

/** ERR_Packet. */
export function mysqlError(code: number, message: string): Buffer {
  const head = Buffer.alloc(3, 0xff);
  head.writeUInt16LE(code, 1);
  return Buffer.concat([head, Buffer.from(`#HY000${message}`)]);
}

/** The login of one client, as far as the adversary has got. */
export interface MySqlLogin {
  readonly wire: Wire;
  readonly nonce: Buffer;
  /** Says something and waits for the client's answer. */
  readonly ask: (payload: Buffer) => Promise<Buffer>;
  /** Says something. */
  readonly say: (payload: Buffer, skip?: number) => void;
  /** Answers every command in this way, until the client hangs up. */
  readonly serve: (answer: Buffer) => Promise<void>;
}

/** One packet of the client. */
async function takePacket(wire: Wire): Promise<{ readonly id: number; readonly payload: Buffer }> {
  const header = await wire.take(4);
  const length = header.readUIntLE(0, 3);
  return { id: header.readUInt8(3), payload: length === 0 ? header : await wire.take(length) };
}

/** Greets a client, starts TLS where it has it, and reads the client's own greeting. Throws when the client hangs up. */
export async function meetMySql(wire: Wire, start: MySqlStart): Promise<MySqlLogin> {
  const { shown, nonce = newNonce(), glued = Buffer.alloc(0), drips = false } = start;
  const greeting = Buffer.concat([mysqlPacket(0, greetingOf(start, nonce)), glued]);
  if (drips) await wire.drip(greeting);
  else wire.send(greeting);
  let { id, payload } = await takePacket(wire);
  if (shown !== undefined && payload.length === SSL_REQUEST_LENGTH) {
    await wire.startTls(shown);
    ({ id, payload } = await takePacket(wire));
  }
  const say = (answer: Buffer, skip = 1) => wire.send(mysqlPacket((id + skip) % 256, answer));
  return {
    wire,
    nonce,
    say,
    serve: async (answer) => {
      for (;;) {
        ({ id, payload } = await takePacket(wire));
        say(answer);
      }
    },
    ask: async (question) => {
      if (drips) await wire.drip(mysqlPacket(id + 1, question));
      else say(question);
      ({ id, payload } = await takePacket(wire));
      return payload;
    },
  };
}
