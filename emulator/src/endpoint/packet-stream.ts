import type { Duplex } from 'node:stream';

/** How one side of one connection cuts bytes into packets. */
export interface Framing {
  /**
   * How long the packet is with which these bytes begin; undefined while fewer than five bytes are here and more are needed to tell.
   *
   * @throws {RangeError} when no login needs a packet of that length.
   */
  lengthOf(bytes: Buffer): number | undefined;
  /** What a whole packet carries. */
  open(packet: Buffer): Buffer;
  /** The packet that carries it. */
  seal(payload: Buffer): Buffer;
}

/** No packet of a login is longer: PostgreSQL's limit for a password, and MySQL's for connection attributes. */
export const MAX_PACKET_LENGTH = 65_536;

const HEADER_LENGTH = 5;
const MAX_CHUNKS = 64;
const MAX_BUFFERED = 2 * MAX_PACKET_LENGTH;

/** Packets over a socket, one at a time, until `detach()` gives the socket back. */
export class PacketStream {
  readonly #socket: Duplex;
  readonly #framing: Framing;
  readonly #onBytes: ((bytes: Buffer) => void) | undefined;
  #chunks: Buffer[] = [];
  #length = 0;
  #expected: number | undefined;
  #closed: Error | undefined;
  #wake: (() => void) | undefined;

  constructor(socket: Duplex, framing: Framing, onBytes?: (bytes: Buffer) => void) {
    this.#socket = socket;
    this.#framing = framing;
    this.#onBytes = onBytes;
    socket.on('data', this.#receive);
    socket.on('error', this.#fail);
    socket.on('end', this.#end);
    socket.on('close', this.#end);
  }

  async next(): Promise<Buffer> {
    for (;;) {
      const packet = this.#take();
      if (packet) return packet;
      if (this.#closed) throw this.#closed;
      this.#socket.resume();
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  send(payload: Buffer): void {
    this.#socket.write(this.#framing.seal(payload));
  }

  /** Stops listening; bytes that came already are put back for the next reader. */
  detach(): void {
    this.#socket.pause();
    this.#socket.off('data', this.#receive);
    this.#socket.off('error', this.#fail);
    this.#socket.off('end', this.#end);
    this.#socket.off('close', this.#end);
    if (this.#length > 0 && !this.#closed) this.#socket.unshift(this.#joined());
    this.#keep([]);
  }

  #take(): Buffer | undefined {
    this.#expected ??= this.#framing.lengthOf(this.#header());
    if (this.#expected === undefined || this.#length < this.#expected) return undefined;
    const bytes = this.#joined();
    const packet = bytes.subarray(0, this.#expected);
    this.#keep([bytes.subarray(this.#expected)]);
    return this.#framing.open(packet);
  }

  #header(): Buffer {
    const [first] = this.#chunks;
    return first && first.length >= HEADER_LENGTH ? first : this.#joined();
  }

  #joined(): Buffer {
    const bytes = this.#chunks.length === 1 ? this.#chunks[0] : undefined;
    if (bytes) return bytes;
    const joined = Buffer.concat(this.#chunks, this.#length);
    this.#chunks = [joined];
    return joined;
  }

  #keep(chunks: Buffer[]): void {
    this.#chunks = chunks;
    this.#length = chunks[0]?.length ?? 0;
    this.#expected = undefined;
  }

  readonly #receive = (bytes: Buffer): void => {
    this.#onBytes?.(bytes);
    this.#chunks.push(bytes);
    this.#length += bytes.length;
    // A chunk of one byte costs a hundred.
    if (this.#chunks.length > MAX_CHUNKS) this.#joined();
    if (this.#length > MAX_BUFFERED) this.#socket.pause();
    this.#wake?.();
  };

  readonly #fail = (error: Error): void => {
    this.#closed ??= error;
    this.#wake?.();
  };

  readonly #end = (): void => {
    this.#fail(new Error('The other side closed the connection'));
  };
}
