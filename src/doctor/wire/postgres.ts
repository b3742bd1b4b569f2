import { malformed, protocolError, readExactly, type LoginProtocol } from './protocol';

const SSL_REQUEST = Buffer.of(0, 0, 0, 8, 4, 210, 22, 47);
const PROTOCOL_3 = 196_608;
/** The methods by their numbers in AuthenticationRequest (protocol-message-formats). */
const METHODS: Readonly<Record<number, string>> = {
  0: 'nothing',
  3: 'password in clear text',
  5: 'md5',
  7: 'GSSAPI',
  10: 'scram-sha-256',
};

/** PostgreSQL. */
export const postgresProtocol: LoginProtocol = {
  iamMethod: 'password in clear text',
  startTls: async (stream) => {
    stream.write(SSL_REQUEST);
    const answer = (await readExactly(stream, 1)).toString('latin1');
    if (answer === 'S') return;
    if (answer === 'N') {
      throw protocolError(
        'HANDSHAKE_NO_SSL_SUPPORT',
        'The server does not support SSL connections',
      );
    }
    throw malformed('this is not a PostgreSQL server');
  },
  requestedMethod: async (stream, username, database) => {
    stream.write(startup({ user: username, database: database || username }));
    const head = await readExactly(stream, 5);
    const body = await readExactly(stream, head.readUInt32BE(1) - 4);
    const type = head.toString('latin1', 0, 1);
    if (type === 'R') return METHODS[body.readUInt32BE(0)] ?? `method ${body.readUInt32BE(0)}`;
    if (type === 'E') throw serverError(body);
    throw malformed('an unknown answer');
  },
};

function startup(parameters: Readonly<Record<string, string>>): Buffer {
  const text = Object.entries(parameters)
    .map(([name, value]) => `${name}\0${value}\0`)
    .join('');
  const head = Buffer.alloc(8);
  head.writeUInt32BE(8 + Buffer.byteLength(text) + 1, 0);
  head.writeUInt32BE(PROTOCOL_3, 4);
  return Buffer.concat([head, Buffer.from(`${text}\0`)]);
}

/** ErrorResponse: fields that begin with a letter. */
function serverError(body: Buffer): Error {
  const fields = new Map(
    body
      .toString()
      .split('\0')
      .map((field) => [field.slice(0, 1), field.slice(1)]),
  );
  return protocolError(fields.get('C') ?? 'XX000', fields.get('M') ?? 'refused');
}
