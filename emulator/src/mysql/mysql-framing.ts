import { MAX_PACKET_LENGTH, type Framing } from '../endpoint/packet-stream';

const HEADER_LENGTH = 4;

/** MySQL's packets: three bytes of length, one of the sequence that both sides count. */
export class MySqlFraming implements Framing {
  #sequence = 0;

  lengthOf(bytes: Buffer): number | undefined {
    if (bytes.length < HEADER_LENGTH) return undefined;
    const length = bytes.readUIntLE(0, 3);
    if (length > MAX_PACKET_LENGTH) throw new RangeError('No login needs so long a packet');
    return HEADER_LENGTH + length;
  }

  open(packet: Buffer): Buffer {
    this.#sequence = packet.readUInt8(3) + 1;
    return packet.subarray(HEADER_LENGTH);
  }

  seal(payload: Buffer): Buffer {
    const header = Buffer.alloc(HEADER_LENGTH);
    header.writeUIntLE(payload.length, 0, 3);
    header.writeUInt8(this.#sequence & 0xff, 3);
    this.#sequence += 1;
    return Buffer.concat([header, payload]);
  }
}
