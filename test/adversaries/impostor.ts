import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { Wire } from './wire';

/** Something that listens where the application expects its database. */
export interface Listening {
  readonly port: number;
  /** All that it could read. */
  readonly received: () => Buffer;
  /** What it got besides that it should not have. */
  readonly prize?: () => string | undefined;
  readonly close: () => Promise<void>;
}

/** What an impostor does with one client: the first is 0. It throws when the client hangs up. */
export type Play = (wire: Wire, client: number) => Promise<void>;

/** How long a client may take to hang up, when all is said. */
const GOODBYE_MS = 300;

/** Starts a server on loopback that plays with every client, and keeps what it can read; `trusted` clients are not its victims. */
export async function startImpostor(play: Play, trusted = 0): Promise<Listening> {
  const wires: Wire[] = [];
  const serve = async (wire: Wire, client: number) => {
    await play(wire, client).catch(() => undefined);
    await Promise.race([wire.rest(), delay(GOODBYE_MS)]);
    wire.close();
  };
  const server = createServer((socket) => {
    const wire = new Wire(socket);
    wires.push(wire);
    void serve(wire, wires.length - 1);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    received: () => Buffer.concat(wires.slice(trusted).map((wire) => wire.received)),
    close: async () => {
      for (const wire of wires) wire.close();
      const closed = once(server, 'close');
      server.close();
      await closed;
    },
  };
}
