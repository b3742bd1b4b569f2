import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

const HOST = '127.0.0.1';

/** Where a forwarder leads, and how late everything arrives on each of the two ways. */
interface Way {
  readonly port: number;
  readonly delayMs: number;
}

/** A loopback port in front of another one. */
export interface Forwarder {
  readonly port: number;
  /** From now on. */
  readonly set: (changes: Partial<Way>) => void;
  /** Cuts all connections. */
  readonly cut: () => void;
  readonly close: () => Promise<void>;
}

/** Starts one. */
export async function startForwarder(way: Way): Promise<Forwarder> {
  let current = way;
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(current.port, HOST);
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(from);
      let dueAt = 0;
      from.on('data', (bytes) => {
        const now = performance.now();
        // A shorter delay must not let later bytes overtake.
        dueAt = Math.max(dueAt, now + current.delayMs);
        setTimeout(() => to.write(bytes), dueAt - now);
      });
      from.on('error', () => undefined);
      from.on('close', () => {
        sockets.delete(from);
        to.destroy();
      });
    }
  });
  await once(server.listen(0, HOST), 'listening');
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    port: (server.address() as AddressInfo).port,
    set: (changes) => void (current = { ...current, ...changes }),
    cut,
    close: async () => {
      cut();
      server.close();
      await once(server, 'close');
    },
  };
}
