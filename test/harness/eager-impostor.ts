import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { createSecureContext, TLSSocket } from 'node:tls';
import type { IssuedCertificate } from '../emulator/authority';
import { Capability, encodeAuthSwitch, encodeGreeting } from '../emulator/mysql-protocol';

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
    socket.write(Buffer.concat([packet(0, greeting()), packet(2, question())]));
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

function packet(sequence: number, payload: Buffer): Buffer {
  const header = Buffer.alloc(4);
  header.writeUIntLE(payload.length, 0, 3);
  header.writeUInt8(sequence, 3);
  return Buffer.concat([header, payload]);
}

function greeting(): Buffer {
  const { PROTOCOL_41, SSL, SECURE_CONNECTION, PLUGIN_AUTH } = Capability;
  return encodeGreeting({
    serverVersion: '8.0.36',
    connectionId: 1,
    capabilities: PROTOCOL_41 | SSL | SECURE_CONNECTION | PLUGIN_AUTH,
    charset: 45,
    status: 2,
    reserved: Buffer.alloc(10),
    nonce: randomBytes(20),
    plugin: 'mysql_native_password',
  });
}

function question(): Buffer {
  return encodeAuthSwitch('mysql_clear_password', randomBytes(20));
}
