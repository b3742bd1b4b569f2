import { EventEmitter } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import type { PeerCertificate } from 'node:tls';
import { inspect } from 'node:util';
import { Client } from 'pg';
import type { Login } from '../../../src/dialects/dialect';
import { dialectOf } from '../../../src/dialects/dialect-of';
import { loginTimeoutMs, readConnectTarget } from '../../../src/dialects/driver-options';
import { postgres } from '../../../src/dialects/postgres';
import { passwordFor } from '../../../src/dialects/postgres-token';
import { IamAuthError } from '../../../src/errors';
import { configAccess6 } from '../../../src/sequelize/v6';
import { configAccess7 } from '../../../src/sequelize/v7';
import type { ConnectionConfig } from '../../../src/sequelize/instance';
import { caught } from '../../harness/caught';

const HOST = 'db.abc.eu-west-1.rds.amazonaws.com';
const TOKEN = `${HOST}:5432/?Action=connect&DBUser=app&X-Amz-Signature=0123`;
const CA = '-----BEGIN CERTIFICATE-----';
const endpoint = { hostname: HOST, port: 5432, username: 'app', region: 'eu-west-1' };
const login: Login = { takeToken: () => TOKEN, endpoint, connectTarget: endpoint, ca: [CA] };

const six = configAccess6('postgres');
const seven = configAccess7({}, 5432);
const given6 = (dialectOptions: object, own: object = {}): ConnectionConfig => ({
  host: HOST,
  username: 'app',
  dialectOptions,
  ...own,
});
const given7 = (options: object): ConnectionConfig => ({ host: HOST, user: 'app', ...options });
const read = (major: number, options: object) =>
  major === 6 ? six.driverConfig(given6(options)) : seven.driverConfig(given7(options));
const loginOptions = (options: object = {}, change: Partial<Login> = {}) =>
  postgres.loginOptions(read(7, options), { ...login, ...change }).changes;

const noop = () => undefined;

describe('settings that contradict IAM authentication', () => {
  it.each([
    [{ password: 'secret-1' }, 'password is set together with iamAuth: remove password'],
    [{ password: () => 'secret-1' }, 'password is set together with iamAuth: remove password'],
    [
      { native: true },
      'native cannot be used with iamAuth because pg-native cannot keep the token',
    ],
  ])('of Sequelize’s own are refused, in 6 and in 7: %#', (options, message) => {
    for (const config of [
      six.driverConfig(given6({}, options)),
      seven.driverConfig(given7(options)),
    ]) {
      const error = caught(() => postgres.check(config));
      expect(error.code).toBe('ERR_IAM_AUTH_OPTIONS');
      expect(error.message).toContain(message);
      expect(error.message).not.toContain('secret-1');
    }
  });

  it('include pg-native among the dialect’s options of Sequelize 7', () => {
    const { driverConfig } = configAccess7({ native: true }, 5432);
    const error = caught(() => postgres.check(driverConfig(given7({}))));
    expect(error.message).toContain('native cannot be used with iamAuth');
  });

  it('include pg-native by pg’s environment variable', () => {
    process.env['NODE_PG_FORCE_NATIVE'] = '1';
    try {
      const error = caught(() => postgres.check(read(6, {})));
      expect(error.code).toBe('ERR_IAM_AUTH_OPTIONS');
      expect(error.message).toContain('unset NODE_PG_FORCE_NATIVE');
    } finally {
      delete process.env['NODE_PG_FORCE_NATIVE'];
    }
  });

  it.each([six.driverConfig(given6({}, { host: '/run' })), read(7, { host: '/run' })])(
    'include a socket’s folder: %#',
    (config) => {
      const error = caught(() => postgres.check(config));
      expect(error.code).toBe('ERR_IAM_AUTH_OPTIONS');
      expect(error.message).toContain('host is the folder of a socket');
    },
  );

  it.each([false, 'false', 'require', 5, { rejectUnauthorized: false }, { rejectUnauthorized: 0 }])(
    'of TLS are refused: ssl %j',
    (ssl) => {
      for (const [major, name] of [
        [6, 'dialectOptions.ssl'],
        [7, 'ssl'],
      ] as const) {
        const error = caught(() => postgres.check(read(major, { ssl })));
        expect(error.code).toBe('ERR_IAM_AUTH_TLS');
        expect(error.message).toContain(name);
        expect(error.message).toContain(': remove ');
      }
    },
  );

  it.each([
    {},
    { password: '', native: false },
    { ssl: true },
    { ssl: 'true' },
    { ssl: { ca: CA, rejectUnauthorized: true, checkServerIdentity: () => undefined } },
    { connectionTimeoutMillis: 5_000, keepAlive: true, stream: () => undefined },
  ])('do not include %j', (options) => {
    for (const major of [6, 7]) {
      expect(() => postgres.check(read(major, options))).not.toThrow();
    }
  });
});

describe('what is dialed', () => {
  it('is what Sequelize 6 says, whose dialectOptions pg never sees as host, port or user', () => {
    const config = six.driverConfig(
      given6({ host: 'other', port: 1, user: 'admin' }, { port: '5433' }),
    );
    expect(readConnectTarget(config, postgres.defaultPort)).toEqual({
      hostname: HOST,
      port: 5433,
      username: 'app',
    });
  });

  it('is what the flat options of Sequelize 7 say', () => {
    const config = read(7, { host: 'other', port: 5433, user: 'admin' });
    expect(readConnectTarget(config, postgres.defaultPort)).toEqual({
      hostname: 'other',
      port: 5433,
      username: 'admin',
    });
    expect(readConnectTarget(read(7, {}), postgres.defaultPort)).toMatchObject({ port: 5432 });
  });

  it('is of the dialect that Sequelize 6 calls by two names', () => {
    expect(dialectOf('postgresql')).toBe(postgres);
  });
});

it.each([
  [{}, 10_000, 10_000],
  [{ connectionTimeoutMillis: 2_500 }, 2_500, 2_500],
  [{ connectionTimeoutMillis: 0 }, 60_000, 0],
])('gives pg the time-out that it lacks: %j', (options, leaseMs, connectionTimeoutMillis) => {
  for (const major of [6, 7]) {
    expect(loginTimeoutMs(read(major, options), postgres.timeoutOption)).toBe(leaseMs);
  }
  expect(loginOptions(options)).toMatchObject({ connectionTimeoutMillis });
});

describe('a login', () => {
  const certificate = (name: string) =>
    ({ subject: { CN: name }, subjectaltname: `DNS:${name}` }) as PeerCertificate;
  type Check = (name: string, certificate: PeerCertificate) => unknown;
  const checkOf = (options: object) =>
    (loginOptions(options).ssl as { checkServerIdentity: Check }).checkServerIdentity;

  it('verifies chain and name', () => {
    const changes = loginOptions({ ssl: { minVersion: 'TLSv1.3', ca: 'theirs' } });
    expect(changes.ssl).toMatchObject({
      minVersion: 'TLSv1.3',
      ca: [CA],
      rejectUnauthorized: true,
      servername: HOST,
    });
    expect(changes).not.toHaveProperty('host');
    expect(checkOf({})('x', certificate(HOST))).toBeUndefined();
    expect(checkOf({})('x', certificate('other.example'))).toHaveProperty(
      'code',
      'ERR_TLS_CERT_ALTNAME_INVALID',
    );
  });

  it('asks the user’s own check of the certificate after ours', () => {
    const refusal = new Error('not pinned');
    const seen: unknown[] = [];
    const checkServerIdentity = (...args: unknown[]) => {
      seen.push(args);
      return refusal;
    };
    const check = checkOf({ ssl: { checkServerIdentity } });
    expect(check('x', certificate('other.example'))).not.toBe(refusal);
    expect(seen).toEqual([]);
    expect(check('x', certificate(HOST))).toBe(refusal);
    expect(seen).toEqual([['x', certificate(HOST)]]);
  });

  it('has no token in any option', () => {
    const changes = loginOptions();
    expect(inspect(changes, { depth: null, showHidden: true })).not.toContain('X-Amz');
    expect(JSON.stringify(changes)).not.toContain('X-Amz');
    expect(typeof changes.password).toBe('function');
  });

  it('dials the tunnel and asks for the endpoint’s name', async () => {
    const server = createServer((socket) => socket.end('through'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const connectTarget = { hostname: '127.0.0.1', port, username: 'app' };
    const { host, stream } = loginOptions({}, { connectTarget });
    expect(host).toBe(HOST);
    const socket = (stream as () => Socket)();
    socket.connect(port, HOST);
    const chunks: string[] = [];
    for await (const chunk of socket) chunks.push(String(chunk));
    expect(chunks.join('')).toBe('through');
    await new Promise((resolve) => server.close(resolve));
  });

  it('leaves the user’s own stream to dial, and its host to it', () => {
    const own = {};
    const stream = () => own;
    const connectTarget = { hostname: 'localhost', port: 15_432, username: 'app' };
    const changes = loginOptions({ stream }, { connectTarget });
    expect((changes.stream as () => unknown)()).toBe(own);
    expect(changes).not.toHaveProperty('host');
    expect(changes.ssl).toMatchObject({ servername: HOST });
  });

  it.each([
    [six, given6(Object.freeze({ ssl: Object.freeze({ minVersion: 'TLSv1.2' }) }))],
    [seven, given7({ ssl: Object.freeze({ minVersion: 'TLSv1.2' }) })],
  ])('stands in the config for a turn, and leaves no trace: %#', (layout, given) => {
    const before = { ...given };
    const connectTarget = { hostname: '127.0.0.1', port: 6543, username: 'app' };
    const { changes } = postgres.loginOptions(layout.driverConfig(given), {
      ...login,
      connectTarget,
    });
    const restore = layout.applyChanges(given, changes);
    expect(given.host).toBe(HOST);
    expect(typeof given.password).toBe('function');
    restore();
    expect(given).toEqual(before);
  });
});

/** pg's connection to a server that it has verified, as far as a password concerns it. */
class Connection extends EventEmitter {
  readonly sent: unknown[] = [];
  readonly errors: unknown[] = [];
  readonly stream = {
    encrypted: true,
    authorized: true,
    destroyed: false,
    destroy() {
      this.destroyed = true;
    },
  };
  constructor() {
    super();
    this.on('error', (error) => void this.errors.push(error));
  }
  password(answer: unknown): void {
    this.sent.push(answer);
  }
  sendSASLInitialResponseMessage(...answer: unknown[]): void {
    this.sent.push(...answer);
  }
}

/** As pg asks: the password function as its own method, and then one of the connection's. */
function ask(connection: Connection) {
  return passwordFor(endpoint, () => TOKEN).call({ connection });
}

function expectRefused(connection: Connection, code: string, message: string): void {
  expect(connection.sent).toEqual([]);
  expect(connection.stream.destroyed).toBe(true);
  const [error] = connection.errors;
  expect(error).toBeInstanceOf(IamAuthError);
  expect(error).toMatchObject({ code, endpoint: `app@${HOST}:5432` });
  expect(String(error)).toContain(message);
  expect(String(error)).not.toContain('X-Amz');
}

describe('the password', () => {
  it('is a placeholder, for which the token goes out once, in clear text', () => {
    const connection = new Connection();
    const placeholder = ask(connection);
    expect(placeholder).toMatch(/^[0-9a-f]{32}$/);
    connection.password(placeholder);
    expect(connection.sent).toEqual([TOKEN]);
    connection.password(placeholder);
    expect(connection.sent).toEqual([TOKEN, placeholder]);
    expect(connection.errors).toEqual([]);
    expect(Object.keys(connection)).not.toContain('password');
    expect(inspect(connection, { depth: null, showHidden: true }).split('X-Amz')).toHaveLength(2);
  });

  it('is another one for each login', () => {
    expect(ask(new Connection())).not.toBe(ask(new Connection()));
  });

  it('is no answer to md5', () => {
    const connection = new Connection();
    ask(connection);
    connection.password('md50123456789abcdef');
    expectRefused(connection, 'ERR_IAM_AUTH_METHOD', 'asks for md5 authentication');
  });

  it('is no answer to SCRAM', () => {
    const connection = new Connection();
    ask(connection);
    connection.sendSASLInitialResponseMessage('SCRAM-SHA-256', 'n,,n=*');
    expectRefused(connection, 'ERR_IAM_AUTH_METHOD', 'asks for SCRAM authentication');
    expect(String(connection.errors)).toContain('GRANT rds_iam TO the user');
  });

  it.each([
    [{ encrypted: false }, 'the connection is not encrypted'],
    [{ encrypted: undefined }, 'the connection is not encrypted'],
    [{ authorized: false }, "the server's certificate is not trusted"],
    [{ authorized: undefined }, "the server's certificate is not trusted"],
  ])('is none at all where the stream is %j', (state, message) => {
    const connection = new Connection();
    Object.assign(connection.stream, state);
    const error = caught(() => ask(connection));
    expect(error.code).toBe('ERR_IAM_AUTH_TLS');
    expect(error.message).toContain(message);
    connection.password('placeholder');
    expect(connection.sent).toEqual(['placeholder']);
  });

  it.each([
    undefined,
    {},
    Object.assign(new Connection(), { password: undefined }),
    { emit: noop, password: noop, sendSASLInitialResponseMessage: noop },
    { emit: noop, password: noop, stream: {} },
  ])('is none at all for a pg of another shape: %#', (connection) => {
    const error = caught(() => passwordFor(endpoint, () => TOKEN).call({ connection } as never));
    expect(error.code).toBe('ERR_IAM_AUTH_UNSUPPORTED');
    expect(error.message).toContain('install pg 8.11 or later');
  });

  it('knows the shape of the real pg', () => {
    const client = new Client() as unknown as { connection: Connection };
    const error = caught(() => passwordFor(endpoint, () => TOKEN).call(client));
    expect(error.message).toContain('the connection is not encrypted');
  });
});

describe('how a login ended', () => {
  const driverError = (code: string) => Object.assign(new Error('x'), { code });

  it.each([
    [driverError('28000'), 'denied'],
    [driverError('28P01'), 'denied'],
    [driverError('ETIMEDOUT'), 'timeout'],
    [new Error('timeout expired'), 'timeout'],
    [driverError('53300'), 'failed'],
    [driverError('ECONNREFUSED'), 'failed'],
  ])('%s means %s, wrapped by Sequelize or not', (error, outcome) => {
    expect(postgres.classifyError(error)).toBe(outcome);
    expect(postgres.classifyError(Object.assign(new Error('x'), { parent: error }))).toBe(outcome);
    expect(postgres.classifyError(new Error('x', { cause: error }))).toBe(outcome);
  });

  it.each([undefined, '28000', {}])('is a failure for %p', (error) => {
    expect(postgres.classifyError(error)).toBe('failed');
  });
});
