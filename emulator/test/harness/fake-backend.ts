import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { EngineName } from '../../src/endpoint/attempt-log';
import type { Backend } from '../../src/endpoint/endpoint-types';
import { okPacket } from '../../src/mysql/mysql-protocol';
import { welcome } from '../../src/postgres/postgres-protocol';
import { mysqlGreeting, mysqlPacket } from '../../../test/harness/mysql-packets';
import { LOCAL } from './local-endpoint';

/** How a backend answers a login: never, with a reset, or well, and then with what `onLogin` does. */
type BackendManner = 'silent' | 'reset' | 'well';

/** A stand-in for a database server that can misbehave as no real one does on request. */
export interface FakeBackend extends Backend {
  readonly connections: () => number;
  readonly behave: (manner: BackendManner) => void;
  readonly close: () => Promise<void>;
}

const welcomes = { mysql: mysqlPacket(2, okPacket), postgres: welcome };

/** Starts a server that greets like this engine and lets everyone in. */
export async function startFakeBackend(
  engine: EngineName,
  onLogin: (socket: Socket) => void = () => undefined,
): Promise<FakeBackend> {
  let manner: BackendManner = 'well';
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined).once('close', () => sockets.delete(socket));
    if (engine === 'mysql') socket.write(mysqlPacket(0, mysqlGreeting()));
    socket.once('data', () => {
      if (manner === 'reset') socket.resetAndDestroy();
      if (manner !== 'well') return;
      socket.write(welcomes[engine]);
      // What comes after the welcome is not part of the login's packets.
      void delay(20).then(() => onLogin(socket));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    host: '127.0.0.1',
    port: (server.address() as AddressInfo).port,
    users: { [LOCAL.username]: { username: 'app', password: 'secret of the backend' } },
    connections: () => sockets.size,
    behave: (next) => {
      manner = next;
    },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
