import { once } from 'node:events';
import { createServer } from 'node:net';

/** What a PostgreSQL server says to a login that it refuses. */
interface PostgresRefusal {
  readonly sqlState: string;
  readonly message: string;
}

/** A server that refuses every login in PostgreSQL's protocol, in plain text. */
export interface RefusingPostgres {
  readonly port: number;
  refuseWith(refusal: PostgresRefusal): void;
  close(): Promise<void>;
}

function encodeErrorResponse({ sqlState, message }: PostgresRefusal): Buffer {
  const fields = Buffer.from(`SFATAL\0VFATAL\0C${sqlState}\0M${message}\0\0`);
  const head = Buffer.alloc(5, 'E');
  head.writeUInt32BE(fields.length + 4, 1);
  return Buffer.concat([head, fields]);
}

/** Starts one on loopback. It offers no TLS: `N` answers the request for it. */
export async function startRefusingPostgres(): Promise<RefusingPostgres> {
  let current: PostgresRefusal = { sqlState: '28000', message: 'not yet told' };
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.on('data', (packet: Buffer) => {
      if (packet.length === 8) socket.write('N');
      else socket.end(encodeErrorResponse(current));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server has no port');
  return {
    port: address.port,
    refuseWith: (refusal) => {
      current = refusal;
    },
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      await closed;
    },
  };
}
