import { getEventListeners } from 'node:events';
import { createServer, Socket, type AddressInfo } from 'node:net';
import type { PeerCertificate } from 'node:tls';
import { inspect } from 'node:util';
import * as mariadb35 from 'mariadb';
import * as mariadb30 from 'mariadb-3.0';
import type { Login } from '../../../src/dialects/dialect';
import { loginTimeoutMs, readConnectTarget } from '../../../src/dialects/driver-options';
import { mariadb } from '../../../src/dialects/mariadb';
import { configAccess6 } from '../../../src/sequelize/v6';
import { configAccess7 } from '../../../src/sequelize/v7';
import type { ConnectionConfig } from '../../../src/sequelize/instance';
import { caught } from '../../harness/caught';

const HOST = 'db.abc.eu-west-1.rds.amazonaws.com';
const TOKEN = `${HOST}:3306/?Action=connect&DBUser=app&X-Amz-Signature=0123`;
const CA = '-----BEGIN CERTIFICATE-----';
const CLEAR = 'mysql_clear_password';
const endpoint = { hostname: HOST, port: 3306, username: 'app', region: 'eu-west-1' };
const login: Login = { takeToken: () => TOKEN, endpoint, connectTarget: endpoint, ca: [CA] };

const six = configAccess6('mariadb');
const seven = configAccess7({}, 3306);
/** The driver's own options as the user gives them to either Sequelize. */
const given6 = (dialectOptions: object): ConnectionConfig => ({
  host: HOST,
  username: 'app',
  dialectOptions,
});
const given7 = (options: object): ConnectionConfig => ({ host: HOST, user: 'app', ...options });
const read = (major: number, options: object) =>
  major === 6 ? six.driverConfig(given6(options)) : seven.driverConfig(given7(options));

/** What the connector is given for a login, in its own terms. */
interface Given {
  readonly password: string[];
  readonly restrictedAuth: readonly string[];
  readonly stream: (
    callback: (error?: Error | null, stream?: Socket) => void,
  ) => Socket | undefined;
  readonly host?: string;
  readonly connectTimeout: number;
  readonly permitRedirect: boolean;
  readonly ssl: {
    readonly ca: unknown;
    readonly servername: string;
    readonly signal: AbortSignal;
    readonly rejectUnauthorized: boolean;
    readonly checkServerIdentity: (name: string, certificate: PeerCertificate) => unknown;
  };
}

function logIn(options: object = {}, change: Partial<Login> = {}) {
  const { changes, forget } = mariadb.loginOptions(read(7, options), { ...login, ...change });
  return { given: changes as unknown as Given, forget: () => forget?.() };
}

const certificate = (name: string): PeerCertificate =>
  ({ subject: { CN: name }, subjectaltname: `DNS:${name}` }) as PeerCertificate;

const verify = ({ ssl }: Given, name = HOST) => ssl.checkServerIdentity('x', certificate(name));

describe('settings that contradict IAM authentication', () => {
  it.each([
    ['password', 'secret-1', 'is set together with iamAuth'],
    ['debug', true, 'it prints every packet'],
    ['debugCompress', true, 'it prints every packet'],
    ['logPackets', true, 'it adds packets to errors'],
    ['socketPath', '/run/x', 'needs TLS over TCP'],
    ['restrictedAuth', CLEAR, 'may ask for mysql_clear_password only'],
    ['permitRedirect', true, 'could send the token to another host'],
    ['logger', () => undefined, 'would get every packet'],
    ['logger', { network: () => undefined }, 'would get every packet'],
  ])('are refused with the remedy: %s %p', (option, value, reason) => {
    for (const [major, name] of [
      [6, `dialectOptions.${option}`],
      [7, option],
    ] as const) {
      const error = caught(() => mariadb.check(read(major, { [option]: value })));
      expect(error.code).toBe('ERR_IAM_AUTH_OPTIONS');
      expect(error.message).toContain(reason);
      expect(error.message.startsWith(name)).toBe(true);
      expect(error.message).toContain('remove');
      expect(error.message).not.toContain('secret-1');
    }
  });

  it.each([false, 'false', 5, { rejectUnauthorized: false }, { rejectUnauthorized: null }])(
    'of TLS are refused: ssl %j',
    (ssl) => {
      for (const major of [6, 7]) {
        const error = caught(() => mariadb.check(read(major, { ssl })));
        expect(error.code).toBe('ERR_IAM_AUTH_TLS');
        expect(error.message).toContain(': remove ');
      }
    },
  );

  it.each([
    {},
    { password: '', debug: false, socketPath: undefined, permitRedirect: false },
    { ssl: true },
    { ssl: 'true' },
    { ssl: { ca: CA, rejectUnauthorized: true, checkServerIdentity: () => undefined } },
    { logger: { query: () => undefined, error: () => undefined, network: undefined } },
    { connectTimeout: 5_000, charset: 'utf8mb4', stream: () => undefined, initSql: 'SET x = 1' },
  ])('do not include %j', (options) => {
    for (const major of [6, 7]) {
      expect(() => mariadb.check(read(major, options))).not.toThrow();
    }
  });
});

it.each([
  [6, { host: 'other', port: 3308, user: 'admin' }],
  [7, { host: 'other', port: 3308, user: 'admin' }],
])('dials what the connector’s own options say, with Sequelize %i', (major, options) => {
  expect(readConnectTarget(read(major, options), mariadb.defaultPort)).toEqual({
    hostname: 'other',
    port: 3308,
    username: 'admin',
  });
  expect(readConnectTarget(read(major, {}), mariadb.defaultPort)).toEqual({
    hostname: HOST,
    port: 3306,
    username: 'app',
  });
});

it.each([
  [{}, 10_000],
  [{ connectTimeout: 2_500 }, 2_500],
  [{ connectTimeout: 0 }, 60_000],
])(
  'lets a login take 10 seconds, not the connector’s one, unless told otherwise: %j',
  (options, ms) => {
    expect(loginTimeoutMs(read(7, options), mariadb.timeoutOption)).toBe(ms);
    const { given, forget } = logIn(options);
    expect(given.connectTimeout).toBe('connectTimeout' in options ? options.connectTimeout : ms);
    forget();
  },
);

describe('a login', () => {
  it('verifies chain and name, asks for the name, and follows no redirect', () => {
    const { given } = logIn();
    expect(given).toMatchObject({
      permitRedirect: false,
      ssl: { ca: [CA], rejectUnauthorized: true, servername: HOST },
    });
    expect(given).not.toHaveProperty('host');
    expect(verify(given)).toBeUndefined();
    expect(verify(given, 'other.abc.eu-west-1.rds.amazonaws.com')).toHaveProperty(
      'code',
      'ERR_TLS_CERT_ALTNAME_INVALID',
    );
  });

  it('has no token in any option', () => {
    const { given } = logIn();
    expect(inspect(given, { depth: null, showHidden: true })).not.toContain('X-Amz');
    expect(JSON.stringify(given)).not.toContain('X-Amz');
    expect(given.password).toEqual([expect.stringMatching(/^[0-9a-f]{32}$/)]);
    expect(logIn().given.password).not.toEqual(given.password);
  });

  it('keeps the user’s own TLS settings', () => {
    const { given } = logIn({ ssl: { minVersion: 'TLSv1.3', ca: 'theirs', servername: 'theirs' } });
    expect(given.ssl).toMatchObject({ minVersion: 'TLSv1.3', ca: [CA], servername: HOST });
  });
});

describe('the plugins that the connector may use', () => {
  const others = ['mysql_native_password', 'caching_sha2_password', 'dialog', 'client_ed25519'];

  it.each(others)('before the server is verified include %s, with a placeholder', (plugin) => {
    const { given } = logIn();
    const [placeholder] = given.password;
    expect(given.restrictedAuth.includes(plugin)).toBe(true);
    expect(given.restrictedAuth.includes(CLEAR)).toBe(false);
    expect(given.password).toEqual([placeholder]);
  });

  it('then are mysql_clear_password alone, and asking for it puts the token in place', () => {
    const { given } = logIn();
    const [placeholder] = given.password;
    verify(given);
    expect(given.password).toEqual([placeholder]);
    for (const plugin of others) expect(given.restrictedAuth.includes(plugin)).toBe(false);
    expect(given.password).toEqual([placeholder]);
    expect(given.restrictedAuth.includes(CLEAR)).toBe(true);
    expect(given.password).toEqual([TOKEN]);
  });

  it('never include it where the server is another', () => {
    const { given } = logIn();
    verify(given, 'other.abc.eu-west-1.rds.amazonaws.com');
    expect(given.restrictedAuth.includes(CLEAR)).toBe(false);
    expect(given.password).not.toContain(TOKEN);
  });

  it('are named in the connector’s message, which takes an array for one', () => {
    const { restrictedAuth } = logIn().given;
    expect(Array.isArray(restrictedAuth)).toBe(true);
    expect(restrictedAuth.toString()).toBe(CLEAR);
  });

  it('have no token left when the login has ended', () => {
    const { given, forget } = logIn();
    verify(given);
    given.restrictedAuth.includes(CLEAR);
    forget();
    expect(given.password).toEqual([]);
  });
});

describe('the user’s own check of the certificate', () => {
  it('is asked after ours, with what Node hands to it', () => {
    const seen: unknown[] = [];
    const checkServerIdentity = (...args: unknown[]) => void seen.push(args);
    const { given } = logIn({ ssl: { checkServerIdentity } });
    expect(verify(given)).toBeUndefined();
    expect(seen).toEqual([['x', certificate(HOST)]]);
    verify(given, 'other.example');
    expect(seen).toHaveLength(1);
  });

  it('may refuse, and then no token goes', () => {
    const refusal = new Error('not pinned');
    const { given } = logIn({ ssl: { checkServerIdentity: () => refusal } });
    expect(verify(given)).toBe(refusal);
    expect(given.restrictedAuth.includes(CLEAR)).toBe(false);
  });

  it.each([undefined, null, false])('accepts with %p, as in Node', (nothing) => {
    const { given } = logIn({ ssl: { checkServerIdentity: () => nothing } });
    expect(verify(given)).toBeUndefined();
    expect(given.restrictedAuth.includes(CLEAR)).toBe(true);
  });
});

/** A server that says `through` and what became of its connections. */
async function listen() {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => undefined).end('through');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    port,
    close: () => new Promise((resolve) => server.close(resolve)),
  };
}

async function received(socket: NodeJS.ReadableStream): Promise<string> {
  const chunks: string[] = [];
  for await (const chunk of socket) chunks.push(chunk.toString());
  return chunks.join('');
}

describe('the socket', () => {
  const unused = () => {
    throw new Error('Not to be called back');
  };

  it('goes to the tunnel, and the connector’s host is the endpoint’s', async () => {
    const server = await listen();
    const connectTarget = { hostname: '127.0.0.1', port: server.port, username: 'app' };
    const { given, forget } = logIn({}, { connectTarget });
    expect(given.host).toBe(HOST);
    const socket = given.stream(unused);
    expect(socket && (await received(socket))).toBe('through');
    forget();
    await server.close();
  });

  it('is the user’s own where they open one, with its place in the time-out', () => {
    jest.useFakeTimers();
    const own = new Socket();
    const errors: unknown[] = [];
    own.on('error', (error) => void errors.push(error));
    const { given } = logIn({ stream: () => own, connectTimeout: 500 });
    expect(given.stream(unused)).toBe(own);
    jest.advanceTimersByTime(500);
    jest.useRealTimers();
    expect(own.destroyed).toBe(true);
  });

  it('is the user’s own where they call back with one', () => {
    jest.useFakeTimers();
    const own = new Socket().on('error', () => undefined);
    const { given } = logIn({
      stream: (callback: (error: null, socket: Socket) => void) => callback(null, own),
      connectTimeout: 500,
    });
    const called: unknown[] = [];
    expect(given.stream((...args) => void called.push(args))).toBeUndefined();
    expect(called).toEqual([[null, own]]);
    jest.advanceTimersByTime(500);
    jest.useRealTimers();
    expect(own.destroyed).toBe(true);
  });

  it('is ours where they call back with none, and goes to what is dialed', async () => {
    const server = await listen();
    const connectTarget = { hostname: '127.0.0.1', port: server.port, username: 'app' };
    const { given, forget } = logIn(
      { stream: (callback: () => void) => callback() },
      { connectTarget },
    );
    const sockets: (Socket | undefined)[] = [];
    given.stream((_, socket) => void sockets.push(socket));
    const [socket] = sockets;
    expect(socket && (await received(socket))).toBe('through');
    forget();
    await server.close();
  });

  it('does not hide the user’s error', () => {
    const failure = new Error('no proxy');
    const { given, forget } = logIn({
      stream: (callback: (error: Error) => void) => callback(failure),
    });
    const called: unknown[] = [];
    given.stream((...args) => void called.push(args));
    expect(called).toEqual([[failure]]);
    forget();
  });

  it('leaves a stream that is no function to the connector, which refuses it', () => {
    expect(logIn({ stream: 'tunnel' }).given.stream).toBe('tunnel');
  });
});

describe('a login that does not end in time', () => {
  const MS = 3_000;
  beforeEach(() => jest.useFakeTimers());
  afterEach(() => jest.useRealTimers());

  function start() {
    const socket = new Socket();
    const ended: unknown[] = [];
    const destroy = (error?: Error) => {
      ended.push(error);
      return socket;
    };
    socket.destroy = destroy;
    const { given, forget } = logIn({ stream: () => socket, connectTimeout: MS });
    given.stream(() => undefined);
    return { given, forget, ended, isUntouched: () => Reflect.get(socket, 'destroy') === destroy };
  }

  it('is ended on its plain socket, before TLS', () => {
    const { ended } = start();
    jest.advanceTimersByTime(MS - 1);
    expect(ended).toEqual([]);
    jest.advanceTimersByTime(1);
    expect(ended).toEqual([expect.objectContaining({ code: 'ETIMEDOUT' })]);
    expect(String(ended)).toContain(`The login to app@${HOST}:3306 has not ended within ${MS} ms`);
    expect(mariadb.classifyError(ended[0])).toBe('timeout');
  });

  it('is ended by its TLS socket’s signal, once there is one', () => {
    const { given, ended } = start();
    const aborted: unknown[] = [];
    const { signal } = given.ssl;
    signal.addEventListener('abort', () => void aborted.push(signal.reason));
    jest.advanceTimersByTime(MS);
    expect(ended).toEqual([]);
    expect(aborted).toEqual([expect.objectContaining({ code: 'ETIMEDOUT' })]);
  });

  it('is ended on the socket that the package opens, too', () => {
    const connectTarget = { hostname: '127.0.0.1', port: 1, username: 'app' };
    const { given } = logIn({ connectTimeout: MS }, { connectTarget });
    const socket = given.stream(() => undefined);
    socket?.on('error', () => undefined);
    expect(socket?.destroyed).toBe(false);
    jest.advanceTimersByTime(MS);
    expect(socket?.destroyed).toBe(true);
  });

  it('leaves no timer and no listener when it ended before', () => {
    const { given, forget, ended, isUntouched } = start();
    expect(isUntouched()).toBe(false);
    forget();
    expect(isUntouched()).toBe(true);
    expect(jest.getTimerCount()).toBe(0);
    jest.advanceTimersByTime(MS * 2);
    expect(ended).toEqual([]);
    expect(getEventListeners(given.ssl.signal, 'abort')).toEqual([]);
  });
});

describe('the version of the connector', () => {
  it.each(['2.5.6', '2.0.0', undefined, 'next'])('%p is refused', (version) => {
    const error = caught(() => mariadb.checkDriver?.({ version }));
    expect(error.code).toBe('ERR_IAM_AUTH_UNSUPPORTED');
    expect(error.message).toContain('install mariadb 3.0.2');
  });

  it.each(['3.0.0', '3.0.2'])('%s is right for Sequelize 6', (version) => {
    expect(mariadb.checkDriver?.({ version })).toBeUndefined();
  });

  // Tried with Sequelize 6.37.8: from 3.1.0 on its raw queries fail with "Cannot delete property 'meta'".
  it.each(['3.1.0', '3.1.2', '3.5.4', '4.0.0'])(
    '%s fails in raw queries of Sequelize 6',
    (version) => {
      expect(mariadb.checkDriver?.({ version })).toContain(
        `cannot read the rows of raw queries from mariadb ${version}: install mariadb 3.0.2, or use Sequelize 7`,
      );
    },
  );

  it('is told by the connectors themselves', () => {
    expect(mariadb.checkDriver?.(mariadb30)).toBeUndefined();
    expect(mariadb.checkDriver?.(mariadb35)).toContain(mariadb35.version);
  });
});

describe('how a login ended', () => {
  const driverError = (code: string) => Object.assign(new Error('x'), { code });

  it.each([
    ['ER_ACCESS_DENIED_ERROR', 'denied'],
    ['ER_ACCESS_DENIED_NO_PASSWORD_ERROR', 'denied'],
    ['ER_CONNECTION_TIMEOUT', 'timeout'],
    ['ER_SOCKET_TIMEOUT', 'timeout'],
    ['ETIMEDOUT', 'timeout'],
    ['ABORT_ERR', 'timeout'],
    ['ECONNREFUSED', 'failed'],
    ['ER_NOT_SUPPORTED_AUTH_PLUGIN', 'failed'],
  ])('%s means %s, wrapped by Sequelize or not', (code, outcome) => {
    const error = driverError(code);
    expect(mariadb.classifyError(error)).toBe(outcome);
    expect(mariadb.classifyError(Object.assign(new Error('x'), { parent: error }))).toBe(outcome);
    expect(mariadb.classifyError(new Error('x', { cause: error }))).toBe(outcome);
  });

  it.each([undefined, 'ETIMEDOUT', {}])('is a failure for %p', (error) => {
    expect(mariadb.classifyError(error)).toBe('failed');
  });
});

describe('a login in the config', () => {
  it.each([
    [six, given6(Object.freeze({ ssl: Object.freeze({ minVersion: 'TLSv1.2' }) }))],
    [six, { ...given6({}), dialectOptions: null }],
    [seven, given7({ ssl: Object.freeze({ minVersion: 'TLSv1.2' }), connectTimeout: 5 })],
  ])('is taken out again without a trace: %#', (layout, given) => {
    const before = { ...given };
    const connectTarget = { hostname: '127.0.0.1', port: 3307, username: 'app' };
    const { changes, forget } = mariadb.loginOptions(layout.driverConfig(given), {
      ...login,
      connectTarget,
    });
    const restore = layout.applyChanges(given, changes);
    expect(layout.driverConfig(given).options).toMatchObject({ host: HOST, permitRedirect: false });
    restore();
    forget?.();
    expect(given).toEqual(before);
    expect(inspect(given, { depth: null, showHidden: true })).not.toContain('X-Amz');
  });
});

describe('someone who speaks before the server is verified', () => {
  it('gets no plugin once TLS has begun', () => {
    const { given } = logIn();
    expect(given.restrictedAuth.includes('mysql_native_password')).toBe(true);
    given.ssl.signal.addEventListener('abort', () => undefined);
    expect(given.restrictedAuth.includes('mysql_native_password')).toBe(false);
  });

  it('cannot accept the login', () => {
    const { given } = logIn();
    expect(Reflect.apply(given.ssl.checkServerIdentity, undefined, [HOST])).toMatchObject({
      message: 'the server accepted the login before it was verified',
    });
    expect(given.restrictedAuth.includes(CLEAR)).toBe(false);
  });
});

it('hands the token over once', () => {
  const { given } = logIn();
  verify(given);
  given.restrictedAuth.includes(CLEAR);
  given.restrictedAuth.includes(CLEAR);
  expect(given.password[0]).toBe('');
});
