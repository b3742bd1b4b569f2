/** The byte that ends a text. */
export const NUL = Buffer.of(0);

/** A text as servers and clients write it. */
export const nulTerminated = (text: string) => Buffer.concat([Buffer.from(text), NUL]);

/** A little-endian number. */
export const uint = (value: number, bytes: number) => {
  const buffer = Buffer.alloc(bytes);
  buffer.writeUIntLE(value >>> 0, 0, bytes);
  return buffer;
};

/** Reads one packet from left to right. */
export class Cursor {
  #offset: number;
  readonly #packet: Buffer;

  constructor(packet: Buffer, offset = 0) {
    this.#packet = packet;
    this.#offset = offset;
  }

  bytes(length: number): Buffer {
    const end = this.#offset + length;
    if (end > this.#packet.length) throw new RangeError('The packet ends early');
    const slice = this.#packet.subarray(this.#offset, end);
    this.#offset = end;
    return slice;
  }

  uint(bytes: number): number {
    return this.bytes(bytes).readUIntLE(0, bytes);
  }

  nulText(): string {
    const end = this.#packet.indexOf(0, this.#offset);
    if (end < 0) throw new RangeError('A text in the packet does not end');
    const text = this.bytes(end - this.#offset).toString();
    this.#offset += 1;
    return text;
  }

  lengthEncoded(): Buffer {
    const first = this.uint(1);
    if (first === 0xfc) return this.bytes(this.uint(2));
    if (first === 0xfd) return this.bytes(this.uint(3));
    return this.bytes(first);
  }

  rest(): Buffer {
    return this.bytes(this.#packet.length - this.#offset);
  }
}
