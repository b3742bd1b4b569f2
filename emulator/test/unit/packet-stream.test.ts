import { PassThrough } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { PacketStream } from '../../src/endpoint/packet-stream';
import { MySqlFraming } from '../../src/mysql/mysql-framing';
import { postgresFraming, encodePassword } from '../../src/postgres/postgres-protocol';
import { mysqlPacket } from '../../../test/harness/mysql-packets';

const newFramings = { mysql: () => new MySqlFraming(), postgres: () => postgresFraming };
const seal = {
  mysql: (payload: Buffer) => mysqlPacket(0, payload),
  postgres: (payload: Buffer) => encodePassword(payload.toString('latin1')),
};
const payloadOf = {
  mysql: (packet: Buffer) => packet,
  postgres: (packet: Buffer) => packet.subarray(5, -1),
};

describe.each(['mysql', 'postgres'] as const)('packets of %s', (engine) => {
  it('are the same however their bytes come, and what follows them is put back', async () => {
    const payloads = fc.array(fc.string({ unit: 'binary-ascii', maxLength: 300 }), {
      minLength: 1,
      maxLength: 5,
    });
    const sizes = fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1 });
    await fc.assert(
      fc.asyncProperty(payloads, sizes, async (texts, lengths) => {
        const socket = new PassThrough();
        const packets = new PacketStream(socket, newFramings[engine]());
        const bytes = Buffer.concat([
          ...texts.map((text) => seal[engine](Buffer.from(text))),
          Buffer.from('rest'),
        ]);
        for (let at = 0, index = 0; at < bytes.length; index += 1) {
          const length = lengths[index % lengths.length] ?? 1;
          socket.write(bytes.subarray(at, at + length));
          at += length;
        }
        for (const text of texts)
          expect(payloadOf[engine](await packets.next()).toString()).toBe(text);
        packets.detach();
        const rest: Buffer[] = [];
        socket.end();
        for await (const chunk of socket) rest.push(chunk as Buffer);
        expect(Buffer.concat(rest).toString()).toBe('rest');
      }),
      { numRuns: 50, seed: 1 },
    );
  });

  it('may come in sixty thousand pieces', async () => {
    const socket = new PassThrough();
    const packets = new PacketStream(socket, newFramings[engine]());
    const payload = Buffer.alloc(60_000, 'x');
    const next = packets.next();
    for (const byte of seal[engine](payload)) socket.write(Buffer.of(byte));
    expect(payloadOf[engine](await next)).toEqual(payload);
  });

  it('that no one asks for stay with the sender', async () => {
    const socket = new PassThrough();
    const packets = new PacketStream(socket, newFramings[engine]());
    const packet = seal[engine](Buffer.alloc(10_000, 'x'));
    let written = 0;
    while (written < 100 && !socket.isPaused()) {
      socket.write(packet);
      written += 1;
      await turn();
    }
    expect(written).toBeLessThan(20);
    for (; written > 0; written -= 1) await packets.next();
    const more = packets.next();
    socket.write(packet);
    expect(payloadOf[engine](await more)).toHaveLength(10_000);
  });
});
