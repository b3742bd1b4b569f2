import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { startEndpoint, type AnyEndpointOptions } from 'rds-iam-emulator';
import { mariaDb, postgres } from '../harness/backend';
import { CREDENTIALS, REGION } from '../harness/rds';
import type { Stage } from './adversary';
import { startImpostor, type Listening } from './impostor';
import type { Wire } from './wire';

const SSL = 1 << 11;
const MYSQL_PREAMBLE = 32;
const POSTGRES_SSL_REQUEST = Buffer.of(0, 0, 0, 8, 4, 210, 22, 47);

/** Starts the endpoint that the application means: the emulator, with the right certificate. */
export function startReal({ dialect, hostname, username, certificates }: Stage) {
  const { accessKeyId, secretAccessKey, sessionToken } = CREDENTIALS;
  const common = {
    credentials: { [accessKeyId]: { secretAccessKey, sessionToken } },
    tls: certificates.right,
  };
  const place = (port: number) => ({ hostname, port, region: REGION });
  const backend = ({ host, port, users }: ReturnType<typeof mariaDb | typeof postgres>) => ({
    ...{ host, port },
    users: { [username]: users.app },
  });
  const options: AnyEndpointOptions =
    dialect === 'postgres'
      ? { engine: 'postgres', ...common, backend: backend(postgres()), endpoint: place(5432) }
      : { engine: 'mysql', ...common, backend: backend(mariaDb()), endpoint: place(3306) };
  return startEndpoint(options);
}

/** A connection to a port of loopback. */
export async function reach(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  return socket;
}

/** Speaks TLS with the endpoint, as the client was not to. */
async function secure(socket: Socket): Promise<TLSSocket> {
  const stream = connectTls({ socket, rejectUnauthorized: false });
  stream.on('error', () => undefined);
  await once(stream, 'secureConnect');
  return stream;
}

/** A packet with its number moved: TLS takes one more packet than plain text. */
function moved(packet: Buffer, by: number): Buffer {
  const copy = Buffer.from(packet);
  copy.writeUInt8(copy.readUInt8(3) + by, 3);
  return copy;
}

async function stripMySql(wire: Wire, socket: Socket): Promise<void> {
  const [first] = (await once(socket, 'data')) as [Buffer];
  const greeting = Buffer.from(first);
  // The lower flags follow the version's NUL, the connection's number, eight bytes of the nonce and a NUL.
  const flagsAt = greeting.indexOf(0, 5) + 1 + 4 + 8 + 1;
  greeting.writeUInt16LE(greeting.readUInt16LE(flagsAt) & ~SSL, flagsAt);
  wire.send(greeting);
  const answer = Buffer.from(await wire.take());
  answer.writeUInt32LE(answer.readUInt32LE(4) | SSL, 4);
  const request = Buffer.concat([Buffer.of(MYSQL_PREAMBLE, 0, 0, 1), answer.subarray(4, 36)]);
  socket.write(request);
  const stream = await secure(socket);
  stream.write(moved(answer, 1));
  const [question] = (await once(stream, 'data')) as [Buffer];
  wire.send(moved(question, -1));
  stream.write(moved(await wire.take(), 1));
}

async function stripPostgres(wire: Wire, socket: Socket): Promise<void> {
  let first = await wire.take();
  if (first.equals(POSTGRES_SSL_REQUEST)) {
    wire.send(Buffer.from('N'));
    first = await wire.take();
  }
  socket.write(POSTGRES_SSL_REQUEST);
  await once(socket, 'data');
  const stream = await secure(socket);
  stream.write(first);
  const [question] = (await once(stream, 'data')) as [Buffer];
  wire.send(question);
  stream.write(await wire.take());
}

/** Stands in front of the real endpoint, in plain text toward the client, until it has the token. */
export async function strippingMiddleman(stage: Stage): Promise<Listening> {
  const real = await startReal(stage);
  const strip = stage.dialect === 'postgres' ? stripPostgres : stripMySql;
  const middleman = await startImpostor(async (wire) => {
    const socket = await reach(real.port);
    try {
      await strip(wire, socket);
    } finally {
      socket.destroy();
    }
  });
  return {
    ...middleman,
    close: async () => {
      await middleman.close();
      await real.close();
    },
  };
}
