import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';

/** An HTTP server on loopback. */
export interface LoopbackHttp {
  /** Scheme, address and port, without a slash at the end. */
  readonly origin: string;
  /** Ends open requests too. */
  readonly close: () => Promise<void>;
}

/** Starts one on a free port. */
export async function startLoopbackHttp(listener: RequestListener): Promise<LoopbackHttp> {
  const server = createServer(listener);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The endpoint has no port');

  return {
    origin: `http://127.0.0.1:${address.port}`,
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
