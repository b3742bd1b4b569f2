import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { mysqlProtocol } from '../../../src/doctor/wire/mysql';
import { postgresProtocol } from '../../../src/doctor/wire/postgres';
import { explainError } from '../../../src/explanations/explain-error';
import { startRefusingPostgres } from '../../harness/refusing-postgres';

let server: Server;
let client: Socket;
let said: Buffer;

/** A server that says these bytes: some at once, the others when it has been spoken to. A byte at a time, as networks may. */
async function dial(greeting: Buffer, answer: Buffer = Buffer.alloc(0)): Promise<Socket> {
  said = Buffer.alloc(0);
  server = createServer((socket) => {
    const say = (bytes: Buffer) => {
      for (const byte of bytes) socket.write(Buffer.of(byte));
    };
    say(greeting);
    socket.on('data', (bytes: Buffer) => {
      if (said.length === 0) say(answer);
      said = Buffer.concat([said, bytes]);
      socket.end();
    });
    if (greeting.length > 0 && answer.length === 0) socket.end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const port = Number(Reflect.get(Object(server.address()), 'port'));
  client = connect(port, '127.0.0.1');
  client.on('error', () => undefined);
  return client;
}
afterEach(() => {
  client.destroy();
  server.close();
});

const packet = (body: Buffer) => Buffer.concat([Buffer.of(body.length, 0, 0, 0), body]);
const mysqlError = (code: number, text: string) =>
  packet(Buffer.concat([Buffer.of(0xff, code & 0xff, code >> 8), Buffer.from(text)]));
const postgresMessage = (type: string, body: Buffer) => {
  const head = Buffer.alloc(5, type);
  head.writeUInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
};

describe('the MySQL protocol', () => {
  it.each([
    {
      what: 'too many connections',
      bytes: mysqlError(1040, '#08004Too many connections'),
      code: 'ER_CON_COUNT_ERROR',
    },
    {
      what: 'a blocked host',
      bytes: mysqlError(1129, "Host 'x' is blocked because of many connection errors"),
      code: 'ER_HOST_IS_BLOCKED',
    },
    {
      what: 'another protocol',
      bytes: Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n'),
      code: 'EPROTO',
    },
    { what: 'an SSH server', bytes: packet(Buffer.from('SSH-2.0-OpenSSH')), code: 'EPROTO' },
    { what: 'half a packet', bytes: Buffer.of(40, 0, 0, 0, 10), code: 'ECONNRESET' },
  ])('explains $what', async ({ bytes, code }) => {
    const stream = await dial(bytes);
    const error: unknown = await mysqlProtocol.startTls(stream).catch((reason: unknown) => reason);

    expect(explainError(error).code).toBe(code);
  });

  it.each([
    {
      what: 'a request for another plugin',
      answer: packet(Buffer.from('\xfemysql_clear_password\0', 'latin1')),
      proof: 'mysql_clear_password',
    },
    {
      what: 'a request that does not end',
      answer: packet(Buffer.from('\xfedialog', 'latin1')),
      proof: 'dialog',
    },
    { what: 'more data', answer: packet(Buffer.of(1, 4)), proof: 'caching_sha2_password' },
    {
      what: 'a denial',
      answer: mysqlError(1045, '#28000Access denied'),
      proof: 'mysql_native_password',
    },
  ])('reads $what as $proof', async ({ answer, proof }) => {
    const stream = await dial(Buffer.alloc(0), answer);

    expect(await mysqlProtocol.requestedMethod(stream, 'jane', 'app')).toBe(proof);
    expect(said.includes('jane\0')).toBe(true);
  });
});

describe('the PostgreSQL protocol', () => {
  it.each([
    { number: 3, proof: 'password in clear text' },
    { number: 5, proof: 'md5' },
    { number: 10, proof: 'scram-sha-256' },
    { number: 99, proof: 'method 99' },
  ])('reads request $number as $proof', async ({ number, proof }) => {
    const body = Buffer.alloc(4);
    body.writeUInt32BE(number);
    const stream = await dial(Buffer.alloc(0), postgresMessage('R', body));

    expect(await postgresProtocol.requestedMethod(stream, 'jane', 'app')).toBe(proof);
    expect(said.includes('user\0jane\0database\0app\0\0')).toBe(true);
  });

  it('says that a server has no TLS, and passes its refusal on', async () => {
    const postgres = await startRefusingPostgres();
    postgres.refuseWith({
      sqlState: '28000',
      message: 'no pg_hba.conf entry for host "x", no encryption',
    });
    client = connect(postgres.port, '127.0.0.1');
    const noTls: unknown = await postgresProtocol
      .startTls(client)
      .catch((reason: unknown) => reason);
    const refused: unknown = await postgresProtocol
      .requestedMethod(client, 'jane', '')
      .catch((reason: unknown) => reason);
    client.destroy();
    await postgres.close();

    expect(explainError(noTls).code).toBe('HANDSHAKE_NO_SSL_SUPPORT');
    expect(refused).toMatchObject({ code: '28000' });
    expect(explainError(refused).cause).toMatch(/requires TLS/);
  });

  it('knows another protocol', async () => {
    const stream = await dial(Buffer.alloc(0), Buffer.from('H'));

    await expect(postgresProtocol.startTls(stream)).rejects.toMatchObject({ code: 'EPROTO' });
  });
});
