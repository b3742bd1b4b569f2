import {
  constants,
  createHash,
  generateKeyPairSync,
  privateDecrypt,
  randomBytes,
} from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';

/**
 * A stand-in for the login of MySQL 8 with `caching_sha2_password`, written from MySQL's documentation of the plugin and of
 * the client/server protocol: https://dev.mysql.com/doc/dev/mysql-server/latest/page_caching_sha2_authentication_exchanges.html.
 * After the login it says yes to everything.
 */
export interface CachingSha2Server {
  readonly port: number;
  /** How each login went, in their order. */
  readonly logins: ('fast' | 'full' | 'denied')[];
  readonly close: () => Promise<void>;
}

const CLIENT_FLAGS = 0x0008_a209;
const QUIT = 1;
const sha256 = (...parts: (string | Buffer)[]) => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
};
const xor = (a: Buffer, b: Buffer) =>
  Buffer.from(a.map((byte, index) => byte ^ (b[index % b.length] ?? 0)));

const OK = Buffer.from([0, 0, 0, 2, 0, 0, 0]);
const DENIED = Buffer.concat([
  Buffer.from([0xff, 0x15, 0x04]),
  Buffer.from("#28000Access denied for user 'x'@'y' (using password: YES)"),
]);

function greeting(nonce: Buffer): Buffer {
  const flags = Buffer.alloc(4);
  flags.writeUInt32LE(CLIENT_FLAGS);
  return Buffer.concat([
    Buffer.from('\x0a8.4.0\0'),
    Buffer.from([1, 0, 0, 0]),
    nonce.subarray(0, 8),
    Buffer.from([0]),
    flags.subarray(0, 2),
    Buffer.from([45, 2, 0]),
    flags.subarray(2),
    Buffer.from([21]),
    Buffer.alloc(10),
    nonce.subarray(8),
    Buffer.from('\0caching_sha2_password\0'),
  ]);
}

/** The packets of one client; a packet is sent with the number after the last one's. */
function packetsOf(socket: Socket) {
  let sequence = 0;
  const send = (payload: Buffer) => {
    const header = Buffer.alloc(4);
    header.writeUIntLE(payload.length, 0, 3);
    header.writeUInt8(sequence++, 3);
    socket.write(Buffer.concat([header, payload]));
  };
  async function* receive(): AsyncGenerator<Buffer, undefined> {
    let bytes = Buffer.alloc(0);
    for await (const chunk of socket) {
      bytes = Buffer.concat([bytes, chunk as Buffer]);
      while (bytes.length >= 4 && bytes.length >= 4 + bytes.readUIntLE(0, 3)) {
        const end = 4 + bytes.readUIntLE(0, 3);
        sequence = bytes.readUInt8(3) + 1;
        yield bytes.subarray(4, end);
        bytes = bytes.subarray(end);
      }
    }
    return undefined;
  }
  const packets = receive();
  const next = async () => {
    const { value } = await packets.next();
    if (value === undefined) throw new Error('The client has left');
    return value;
  };
  return { send, next };
}

/** Starts one for one password, at first not in its cache. */
export async function startCachingSha2Server(password: string): Promise<CachingSha2Server> {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  const logins: CachingSha2Server['logins'] = [];
  let isCached = false;

  async function serve(socket: Socket): Promise<void> {
    const { send, next } = packetsOf(socket);
    const nonce = Buffer.from(randomBytes(20).map((byte) => 33 + (byte % 94)));
    send(greeting(nonce));
    const response = await next();
    // Behind the preamble and the user name.
    const start = response.indexOf(0, 32) + 1;
    const proof = response.subarray(start + 1, start + 1 + (response[start] ?? 0));
    const expected = xor(sha256(password), sha256(sha256(sha256(password)), nonce));
    if (isCached && proof.equals(expected)) {
      send(Buffer.from([1, 3]));
      logins.push('fast');
    } else {
      send(Buffer.from([1, 4]));
      const request = await next();
      if (request.length !== 1 || request[0] !== 2) throw new Error('The key was not asked for');
      send(Buffer.concat([Buffer.from([1]), Buffer.from(publicKey)]));
      const padding = constants.RSA_PKCS1_OAEP_PADDING;
      const masked = privateDecrypt({ key: privateKey, padding }, await next());
      if (xor(masked, nonce).toString() !== `${password}\0`) {
        logins.push('denied');
        send(DENIED);
        return void socket.end();
      }
      isCached = true;
      logins.push('full');
    }
    send(OK);
    for (let command = await next(); command[0] !== QUIT; command = await next()) send(OK);
    socket.end();
  }

  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    serve(socket).catch(() => socket.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('No port');
  return {
    port: address.port,
    logins,
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
