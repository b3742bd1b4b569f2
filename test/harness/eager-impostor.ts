import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { createSecureContext, TLSSocket } from 'node:tls';
import type { IssuedCertificate } from 'rds-iam-emulator';
import { mysqlClearPasswordRequest, mysqlGreeting, mysqlPacket } from './mysql-packets';

/** A server that asks for the token in the same breath as it greets, before TLS, and keeps all it is sent. */
export interface EagerImpostor {
  readonly port: number;
  readonly received: () => string;
  readonly close: () => Promise<void>;
}

export async function startEagerImpostor({
  certPem,
  keyPem,
}: IssuedCertificate): Promise<EagerImpostor> {
  const secureContext = createSecureContext({ cert: certPem, key: keyPem });
  const chunks: Buffer[] = [];
  const keep = (bytes: Buffer) => void chunks.push(bytes);
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.write(
      Buffer.concat([mysqlPacket(0, mysqlGreeting()), mysqlPacket(2, mysqlClearPasswordRequest())]),
    );
    // The request for TLS is in plain text; all that follows it is the client's side of the handshake.
    socket.once('data', (request: Buffer) => {
      keep(request);
      const secure = new TLSSocket(socket, { isServer: true, secureContext });
      secure.on('error', () => undefined).on('data', keep);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    received: () => Buffer.concat(chunks).toString('latin1'),
    close: async () => {
      server.close();
      await once(server, 'close');
    },
  };
}
