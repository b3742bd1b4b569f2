import type { Duplex } from 'node:stream';

/** How one side of one connection cuts bytes into packets. */
export interface Framing {
  /** How long the packet is with which these bytes begin; undefined while too few of them are here to tell. */
  lengthOf(bytes: Buffer): number | undefined;
  /** What a whole packet carries. */
  open(packet: Buffer): Buffer;
  /** The packet that carries it. */
  seal(payload: Buffer): Buffer;
}

/** Packets over a socket, one at a time, until `detach()` gives the socket back. */
export class PacketStream {
  readonly #socket: Duplex;
  readonly #framing: Framing;
  readonly #onBytes: ((bytes: Buffer) => void) | undefined;
  #pending = Buffer.alloc(0);
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
    if (this.#pending.length > 0) this.#socket.unshift(this.#pending);
    this.#pending = Buffer.alloc(0);
  }

  #take(): Buffer | undefined {
    const length = this.#framing.lengthOf(this.#pending);
    if (length === undefined || this.#pending.length < length) return undefined;
    const packet = this.#pending.subarray(0, length);
    this.#pending = this.#pending.subarray(length);
    return this.#framing.open(packet);
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
