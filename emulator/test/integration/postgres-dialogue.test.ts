import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { connect as connectTls } from 'node:tls';
import { PacketStream } from '../../src/endpoint/packet-stream';
import {
  Authentication,
  encodePassword,
  encodeStartup,
  parseAuthentication,
  parseSqlState,
  postgresFraming,
  Request,
} from '../../src/postgres/postgres-protocol';
import { startEndpoint } from 'rds-iam-emulator';
import {
  ENDPOINT,
  KEYS,
  startPostgresEndpoint,
  type EmulatedPostgres,
} from '../../../test/harness/emulated-endpoint';
import { connectPostgres, safePostgres } from '../harness/postgres-clients';

let endpoint: EmulatedPostgres;
beforeEach(async () => {
  endpoint = await startPostgresEndpoint();
});
afterEach(() => endpoint.emulator.close());

/** A request without a user: its code, then numbers. */
function request(code: number, ...numbers: number[]): Buffer {
  const words = [4 * (2 + numbers.length), code, ...numbers];
  const packet = Buffer.alloc(4 * words.length);
  words.forEach((word, index) => packet.writeInt32BE(word, 4 * index));
  return packet;
}

async function dial(): Promise<Socket> {
  const socket = connect(endpoint.emulator.port, '127.0.0.1');
  await once(socket, 'connect');
  return socket;
}

/** The one letter with which a server answers a request for encryption. */
async function answer(socket: Duplex, packet: Buffer): Promise<string> {
  socket.write(packet);
  const [letter] = (await once(socket, 'data')) as [Buffer];
  return letter.toString('latin1');
}

it('declines GSSAPI encryption, then agrees to TLS', async () => {
  const socket = await dial();
  expect(await answer(socket, request(Request.GSSENC))).toBe('N');
  expect(await answer(socket, request(Request.SSL))).toBe('S');
  socket.destroy();
});

it('takes the user’s own name for the database of a client that names none', async () => {
  const socket = await dial();
  await answer(socket, request(Request.SSL));
  const secure = connectTls({ socket, servername: 'localhost', ca: endpoint.caPem });
  await once(secure, 'secureConnect');
  const packets = new PacketStream(secure, postgresFraming);
  packets.send(encodeStartup(new Map([['user', 'jane_doe']])));
  expect(parseAuthentication(await packets.next())).toBe(Authentication.CLEARTEXT_PASSWORD);
  packets.send(encodePassword(endpoint.token()));
  expect(parseAuthentication(await packets.next())).toBe(Authentication.OK);
  const error = await packets.next();
  expect(parseSqlState(error)).toBe('3D000');
  expect(error.toString()).toContain('database "jane_doe" does not exist');
});

it.each([
  { what: 'another version of the protocol', packet: request(2 << 16), sqlState: '0A000' },
  { what: 'a number of no meaning', packet: request(1), sqlState: '0A000' },
])('refuses $what', async ({ packet, sqlState }) => {
  const packets = new PacketStream(await dial(), postgresFraming);
  packets.send(packet);
  expect(parseSqlState(await packets.next())).toBe(sqlState);
  await expect(packets.next()).rejects.toThrow('closed');
  expect(await endpoint.emulator.attempts()).toMatchObject([
    { outcome: 'refused', reason: 'protocol' },
  ]);
});

it('hangs up on what is not PostgreSQL', async () => {
  const socket = await dial();
  socket.write('GET / HTTP/1.1\r\n\r\n');
  await once(socket.resume(), 'close');
  expect(await endpoint.emulator.attempts()).toMatchObject([
    { outcome: 'failed', reason: 'This is not the PostgreSQL protocol' },
  ]);
});

it('passes the cancelling of a statement on, which is no login', async () => {
  const client = await connectPostgres(safePostgres(endpoint, endpoint.token()));
  const sleeping = client.query('SELECT pg_sleep(60)');
  const statement = { isCancelled: false };
  const ended = expect(sleeping)
    .rejects.toMatchObject({ code: '57014' })
    .finally(() => (statement.isCancelled = true));
  // Not in the types: what the backend told the client at its login.
  const key = ['processID', 'secretKey'].map((name) => Number(Reflect.get(client, name)));
  // A request that comes before the statement has begun cancels nothing.
  while (!statement.isCancelled) {
    const socket = await dial();
    socket.write(request(Request.CANCEL, ...key));
    await once(socket.resume(), 'close');
  }
  await ended;
  await client.end();
  expect(await endpoint.emulator.attempts()).toMatchObject([{ outcome: 'accepted' }]);
});

it('lets an accepted client in and go where there is no backend', async () => {
  const emulator = await startEndpoint({
    engine: 'postgres',
    endpoint: { hostname: ENDPOINT.hostname, region: ENDPOINT.region },
    credentials: KEYS,
    tls: false,
  });
  const token = endpoint.token({ port: emulator.port });
  const client = await connectPostgres({
    ...safePostgres(endpoint, token),
    port: emulator.port,
    ssl: false,
  });
  await once(client, 'error');
  expect(await emulator.attempts()).toMatchObject([{ outcome: 'accepted' }]);
  await emulator.close();
});
