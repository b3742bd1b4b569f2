/**
 * Random and mutated input for all that reads what clients send. A long run, at a seed of its own:
 *
 *     npm run fuzz
 */
import { verifyToken } from '../../src/iam/verify-token';
import { MySqlFraming } from '../../src/mysql/mysql-framing';
import {
  encodeAuthSwitch,
  encodeError,
  encodeGreeting,
  encodeHandshakeResponse,
  isTlsRequest,
  parseAuthSwitch,
  parseGreeting,
  parseHandshakeResponse,
} from '../../src/mysql/mysql-protocol';
import {
  Authentication,
  encodeAuthentication,
  encodeFatalError,
  encodePassword,
  encodeStartup,
  parseAuthentication,
  parseProof,
  parseSqlState,
  parseStartup,
  postgresFraming,
  requestOf,
} from '../../src/postgres/postgres-protocol';
import type { Framing } from '../../src/endpoint/packet-stream';
import { check, demand } from '../../../test/harness/fuzzing';
import { mutated } from '../../../test/harness/mutations';
import { signToken } from '../../../test/harness/sign-token';
import { KEY, LOCAL } from '../harness/local-endpoint';
import { clientPackets } from '../harness/raw-client';

const PORT = 3306;

/** Runs it; only a RangeError is an answer too. */
function read(parse: () => unknown): void {
  try {
    parse();
  } catch (error) {
    if (Reflect.get(Object(error), 'name') !== 'RangeError') throw error;
  }
}

/** Cuts bytes into packets as far as they go. */
function cut(framing: Framing, bytes: Buffer): Buffer[] {
  const packets: Buffer[] = [];
  for (let rest = bytes; ;) {
    const length = framing.lengthOf(rest);
    if (length === undefined || rest.length < length) return packets;
    demand(length > 0, 'A packet of no length');
    packets.push(framing.open(rest.subarray(0, length)));
    rest = rest.subarray(length);
  }
}

const greeting = encodeGreeting({
  serverVersion: '8.0.36',
  connectionId: 7,
  capabilities: 0xffff_ffff | 0,
  charset: 45,
  status: 2,
  reserved: Buffer.alloc(10),
  nonce: Buffer.alloc(20, 65),
  plugin: 'mysql_native_password',
});
const full = Buffer.alloc(32);
full.writeUInt32LE(0x00ff_ffff);
const responses = [
  clientPackets.mysql.hello.subarray(4),
  clientPackets.mysql.tls.subarray(4),
  encodeHandshakeResponse({
    preamble: full,
    capabilities: 0x00ff_ffff,
    username: 'jane_doe',
    authResponse: Buffer.alloc(200, 1),
    database: 'app',
    plugin: 'mysql_clear_password',
    attributes: Buffer.from('\x11\x0c_client_name\x03foo'),
  }),
];
const startups = [
  clientPackets.postgres.hello,
  clientPackets.postgres.tls,
  encodeStartup(new Map([['user', 'jane_doe']])),
];

it('reads any handshake response of MySQL', async () => {
  await check(mutated(responses), (packet) => {
    isTlsRequest(packet);
    read(() => {
      const response = parseHandshakeResponse(packet);
      demand(response.username.length <= 96, 'A long name');
      // What was read can be written for the backend.
      encodeHandshakeResponse(response);
    });
  });
});

it('reads any greeting and answer of a MySQL server', async () => {
  const answers = [
    greeting,
    encodeAuthSwitch('mysql_native_password', Buffer.alloc(20, 65)),
    encodeError({ code: 1045, sqlState: '28000', message: 'Access denied' }),
  ];
  await check(mutated(answers), (packet) => {
    // Another packet than a greeting is an error that says so.
    try {
      parseGreeting(packet);
    } catch (error) {
      const { name, message } = error as Error;
      demand(
        name === 'RangeError' ||
          (packet[0] !== 10 && message.startsWith('The database server answered')),
        message,
      );
    }
    read(() => parseAuthSwitch(packet));
  });
});

it.each([
  { engine: 'mysql' as const, newFraming: () => new MySqlFraming() },
  { engine: 'postgres' as const, newFraming: () => postgresFraming },
])('cuts any bytes into packets of $engine', async ({ engine, newFraming }) => {
  const { tls, hello, token } = clientPackets[engine];
  await check(
    mutated([tls, hello, Buffer.concat([tls, hello, token('x'.repeat(1500))])]),
    (bytes) => read(() => cut(newFraming(), bytes)),
  );
});

it('reads any first packet of PostgreSQL', async () => {
  await check(mutated(startups), (packet) => {
    requestOf(packet);
    read(() => encodeStartup(parseStartup(packet)));
  });
});

it('reads any password and answer of PostgreSQL', async () => {
  const packets = [
    encodePassword('secret'),
    encodeAuthentication(Authentication.SASL, Buffer.from('SCRAM-SHA-256\0\0')),
    encodeFatalError({ sqlState: '28000', message: 'PAM authentication failed' }),
  ];
  await check(mutated(packets), (packet) => {
    parseProof(packet);
    read(() => parseAuthentication(packet));
    read(() => parseSqlState(packet));
  });
});

it('accepts no token but the signed one', async () => {
  const now = Date.now();
  const tokens = [
    signToken({ ...LOCAL, ...KEY, port: PORT, signedAt: now }),
    signToken({ ...LOCAL, ...KEY, port: PORT, signedAt: now, sessionToken: 'IQoJ/+==' }),
  ];
  const { accessKeyId, secretAccessKey } = KEY;
  const verify = (token: string) =>
    verifyToken({
      token,
      expected: { ...LOCAL, port: PORT },
      lookUp: (id) => (id === accessKeyId ? { secretAccessKey } : undefined),
      now,
    }).ok;
  expect(tokens.map(verify)).toEqual([true, false]);
  // Of what a change leaves as it was: the case of escapes and of the host, the leading zeros of the port.
  const canonical = (token: string) => {
    const [authority = '', query = ''] = token.split('/?');
    const pairs = query.split('&').map((pair) => decodeURIComponent(pair));
    return `${authority.toLowerCase().replace(/:0+/, ':')}/?${pairs.toSorted().join('&')}`;
  };
  await check(mutated(tokens.map((token) => Buffer.from(token))), (bytes) => {
    const token = bytes.toString();
    if (verify(token))
      demand(canonical(token) === canonical(tokens[0] ?? ''), 'Another token is accepted');
  });
});
