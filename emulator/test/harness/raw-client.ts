import { once } from 'node:events';
import { connect, type Socket, type TcpNetConnectOpts } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import type { EngineName } from '../../src/endpoint/attempt-log';
import { Capability, encodeHandshakeResponse } from '../../src/mysql/mysql-protocol';
import { encodePassword, encodeStartup, Request } from '../../src/postgres/postgres-protocol';
import { mysqlPacket } from '../../../test/harness/mysql-packets';
import { LOCAL, type LocalEndpoint } from './local-endpoint';

const CAPABILITIES =
  Capability.PROTOCOL_41 | Capability.SSL | Capability.SECURE_CONNECTION | Capability.PLUGIN_AUTH;

const flags = (() => {
  const preamble = Buffer.alloc(32);
  preamble.writeUInt32LE(CAPABILITIES);
  return preamble;
})();

const sslRequest = () => {
  const packet = Buffer.alloc(8);
  packet.writeInt32BE(8);
  packet.writeInt32BE(Request.SSL, 4);
  return packet;
};

/** What a client of each engine sends: the request for TLS, who it is, and the token. */
export const clientPackets: Readonly<
  Record<EngineName, { tls: Buffer; hello: Buffer; token: (token: string) => Buffer }>
> = {
  mysql: {
    tls: mysqlPacket(1, flags),
    hello: mysqlPacket(
      2,
      encodeHandshakeResponse({
        preamble: flags,
        capabilities: CAPABILITIES,
        username: LOCAL.username,
        authResponse: Buffer.alloc(20, 1),
        database: undefined,
        plugin: 'mysql_native_password',
        attributes: Buffer.alloc(0),
      }),
    ),
    token: (token) => mysqlPacket(4, Buffer.from(`${token}\0`)),
  },
  postgres: {
    tls: sslRequest(),
    hello: encodeStartup(
      new Map([
        ['user', LOCAL.username],
        ['database', 'app'],
      ]),
    ),
    token: encodePassword,
  },
};

const dialed = new Set<Socket>();

/** Ends all connections that were dialed here. */
export function hangUp(): void {
  for (const socket of dialed) socket.destroy();
  dialed.clear();
}

/** Connects to an endpoint; errors are the business of `close`. */
export async function dial(
  { emulator }: LocalEndpoint,
  options: Partial<TcpNetConnectOpts> = {},
): Promise<Socket> {
  const socket = connect({ port: emulator.port, host: '127.0.0.1', ...options });
  dialed.add(socket);
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  return socket;
}

/** The same, up to the point where the TLS handshake begins. */
export async function dialToTls(
  endpoint: LocalEndpoint,
  options?: Partial<TcpNetConnectOpts>,
): Promise<Socket> {
  const socket = await dial(endpoint, options);
  const answer = once(socket, 'data');
  if (endpoint.engine === 'postgres') socket.write(clientPackets.postgres.tls);
  await answer;
  if (endpoint.engine === 'mysql') socket.write(clientPackets.mysql.tls);
  return socket;
}

/** The same, with TLS. */
export async function dialTls(
  endpoint: LocalEndpoint,
  options?: Partial<TcpNetConnectOpts>,
): Promise<TLSSocket> {
  const socket = await dialToTls(endpoint, options);
  const secure = connectTls({ socket, servername: 'localhost', ca: endpoint.caPem });
  secure.on('error', () => undefined);
  await once(secure, 'secureConnect');
  return secure;
}

/** Logs in, and leaves the connection to the test. */
export async function dialLoggedIn(endpoint: LocalEndpoint): Promise<TLSSocket> {
  const secure = await dialTls(endpoint);
  const { hello, token } = clientPackets[endpoint.engine];
  secure.write(hello);
  await once(secure, 'data');
  secure.write(token(endpoint.token()));
  await once(secure, 'data');
  return secure;
}

/** Writes one byte after the other until all are sent or the connection is gone. */
export async function drip(socket: Socket, bytes: Buffer, everyMs: number): Promise<void> {
  for (let at = 0; at < bytes.length && !socket.destroyed; at += 1) {
    socket.write(bytes.subarray(at, at + 1));
    await delay(everyMs);
  }
}
