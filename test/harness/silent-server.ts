import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { mysqlGreeting, mysqlPacket } from './mysql-packets';

/** A server that agrees to TLS and then says nothing more, or hangs up. */
export interface SilentServer {
  readonly port: number;
  /** Whether a client has begun its TLS handshake. */
  readonly helloSeen: () => boolean;
  /** How many connections its clients leave open, after they had a moment to close them. */
  readonly leftOpen: () => Promise<number>;
  readonly close: () => Promise<void>;
}

const TLS_HANDSHAKE = 0x16;
const SSL_REQUEST_LENGTH = 8;

export async function startSilentServer(
  engine: 'mysql' | 'mariadb' | 'postgres',
  { hangsUp = false }: { hangsUp?: boolean } = {},
): Promise<SilentServer> {
  const sockets = new Set<Socket>();
  let hello = false;
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
    if (engine !== 'postgres') socket.write(mysqlPacket(0, mysqlGreeting()));
    socket.on('data', (bytes: Buffer) => {
      if (engine === 'postgres' && bytes.length === SSL_REQUEST_LENGTH) socket.write('S');
      // MySQL's request for TLS may come in one piece with the handshake.
      hello ||= bytes.includes(Buffer.from([TLS_HANDSHAKE, 3, 1]));
      if (hello && hangsUp) socket.end();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    helloSeen: () => hello,
    leftOpen: async () => {
      for (let turn = 0; turn < 20 && sockets.size > 0; turn += 1) {
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      return sockets.size;
    },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
