import type { Duplex } from 'node:stream';

const HEADER_LENGTH = 4;

/** MySQL packets over a socket, one at a time, until `detach()` gives the socket back. */
export class PacketStream {
  readonly #socket: Duplex;
  readonly #onBytes: ((bytes: Buffer) => void) | undefined;
  #pending = Buffer.alloc(0);
  #closed: Error | undefined;
  #wake: (() => void) | undefined;
  #sequence: number;

  constructor(
    socket: Duplex,
    options: { sequence?: number; onBytes?: (bytes: Buffer) => void } = {},
  ) {
    this.#socket = socket;
    this.#sequence = options.sequence ?? 0;
    this.#onBytes = options.onBytes;
    socket.on('data', this.#receive);
    socket.on('error', this.#fail);
    socket.on('end', this.#end);
    socket.on('close', this.#end);
  }

  get sequence(): number {
    return this.#sequence;
  }

  async next(): Promise<Buffer> {
    for (;;) {
      const packet = this.#take();
      if (packet) return packet;
      if (this.#closed) throw this.#closed;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  send(payload: Buffer): void {
    const header = Buffer.alloc(HEADER_LENGTH);
    header.writeUIntLE(payload.length, 0, 3);
    header.writeUInt8(this.#sequence & 0xff, 3);
    this.#sequence += 1;
    this.#socket.write(Buffer.concat([header, payload]));
  }

  /** Stops listening; bytes that came already are put back for the next reader. */
  detach(): void {
    this.#socket.pause();
    this.#socket.off('data', this.#receive);
    this.#socket.off('error', this.#fail);
    this.#socket.off('end', this.#end);
    this.#socket.off('close', this.#end);
    if (this.#pending.length > 0) this.#socket.unshift(this.#pending);
    this.#pending = Buffer.alloc(0);
  }

  #take(): Buffer | undefined {
    if (this.#pending.length < HEADER_LENGTH) return undefined;
    const end = HEADER_LENGTH + this.#pending.readUIntLE(0, 3);
    if (this.#pending.length < end) return undefined;
    this.#sequence = this.#pending.readUInt8(3) + 1;
    const packet = this.#pending.subarray(HEADER_LENGTH, end);
    this.#pending = this.#pending.subarray(end);
    return packet;
  }

  readonly #receive = (bytes: Buffer): void => {
    this.#onBytes?.(bytes);
    this.#pending = Buffer.concat([this.#pending, bytes]);
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
