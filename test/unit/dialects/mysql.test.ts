import { createServer, type AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import { dialectOf } from '../../../src/dialects/dialect-of';
import type { Login } from '../../../src/dialects/dialect';
import { loginTimeoutMs, ownCa, readConnectTarget } from '../../../src/dialects/driver-options';
import { mysql } from '../../../src/dialects/mysql';
import { configAccess6 } from '../../../src/sequelize/v6';
import { configAccess7 } from '../../../src/sequelize/v7';
import type { ConnectionConfig } from '../../../src/sequelize/instance';
import { caught } from '../../harness/caught';

const HOST = 'db.abc.eu-west-1.rds.amazonaws.com';
const TOKEN = `${HOST}:3306/?Action=connect&DBUser=app&X-Amz-Signature=0123`;
const CA = '-----BEGIN CERTIFICATE-----';
const endpoint = { hostname: HOST, port: 3306, username: 'app', region: 'eu-west-1' };
const login: Login = { takeToken: () => TOKEN, endpoint, connectTarget: endpoint, ca: [CA] };

const config = (dialectOptions?: object): ConnectionConfig => ({
  host: HOST,
  port: 3306,
  username: 'app',
  dialectOptions,
});

const { driverConfig: driver, applyChanges } = configAccess6('mysql');
const logIn = (given: ConnectionConfig, as: Login) =>
  applyChanges(given, mysql.loginOptions(driver(given), as).changes);

/** The driver's options while a login is in the config. */
function applied(dialectOptions?: object, change: Partial<Login> = {}) {
  const current = config(dialectOptions);
  const restore = logIn(current, { ...login, ...change });
  const options: Record<string, unknown> = { ...current.dialectOptions };
  const { password } = current;
  restore();
  return { options, password };
}

describe('the object that mysql2 gets as ssl', () => {
  const sslOf = (dialectOptions?: object, change?: Partial<Login>) =>
    applied(dialectOptions, change).options.ssl;
  const roots = [CA];

  it('is the same for logins with the same values, so that mysql2 keeps its roots and TLS session', () => {
    const ssl = { minVersion: 'TLSv1.2' };
    expect(sslOf({ ssl }, { ca: roots })).toBe(sslOf({ ssl: { ...ssl } }, { ca: roots }));
  });

  it.each([
    [{}, { ca: [CA] }],
    [{ ssl: { minVersion: 'TLSv1.3' } }, { ca: roots }],
    [{ ssl: { cert: undefined } }, { ca: roots }],
  ])('is another one for other values: %j', (dialectOptions, change) => {
    expect(sslOf(dialectOptions, change)).not.toBe(sslOf({}, { ca: roots }));
  });

  it('is a new one after somebody weakened the last', () => {
    const weakened = sslOf({}, { ca: roots });
    Object.assign(weakened as object, { verifyIdentity: false });
    expect(sslOf({}, { ca: roots })).toMatchObject({ verifyIdentity: true });
  });

  it('is kept for the last 20 values only', () => {
    const first = sslOf({}, { ca: 'first' });
    for (let index = 0; index < 20; index += 1) sslOf({}, { ca: `another ${index}` });
    expect(sslOf({}, { ca: 'first' })).not.toBe(first);
  });
});

describe('settings that contradict IAM authentication', () => {
  it.each([
    [
      { ...config(), password: 'secret-1' },
      'password is set together with iamAuth: remove password',
    ],
    [
      config({ password: 'secret-1' }),
      'dialectOptions.password is set together with iamAuth: remove dialectOptions.password',
    ],
    [config({ debug: true }), 'dialectOptions.debug cannot be used with iamAuth'],
    [config({ debug: ['ComQuery'] }), 'dialectOptions.debug cannot be used with iamAuth'],
    [
      config({ authSwitchHandler: () => undefined }),
      'dialectOptions.authSwitchHandler cannot be used with iamAuth',
    ],
    [config({ socketPath: '/run/x' }), 'dialectOptions.socketPath cannot be used with iamAuth'],
    [config({ passwordSha1: 'secret-1' }), 'dialectOptions.passwordSha1 cannot be used'],
    [config({ password1: 'secret-1' }), 'dialectOptions.password1 cannot be used'],
    [config({ password2: 'secret-1' }), 'dialectOptions.password2 cannot be used'],
    [config({ password3: 'secret-1' }), 'dialectOptions.password3 cannot be used'],
    [config({ uri: 'mysql://app:secret-1@x' }), 'dialectOptions.uri cannot be used with iamAuth'],
    [
      config({ authPlugins: { mysql_clear_password: () => () => TOKEN } }),
      'dialectOptions.authPlugins.mysql_clear_password is set, but iamAuth supplies it: remove dialectOptions.authPlugins.',
    ],
    [
      config({ authPlugins: { caching_sha2_password: () => () => TOKEN } }),
      'dialectOptions.authPlugins.caching_sha2_password is set, but iamAuth supplies it: remove dialectOptions.authPlugins.',
    ],
  ])('are refused with the remedy: %#', (given, message) => {
    const error = caught(() => mysql.check(driver(given)));
    expect(error.code).toBe('ERR_IAM_AUTH_OPTIONS');
    expect(error.message).toContain(message);
    expect(error.message).toContain('remove');
    expect(error.message).not.toContain('secret-1');
  });

  it.each([
    false,
    'other',
    5,
    { rejectUnauthorized: false },
    { rejectUnauthorized: 0 },
    { rejectUnauthorized: null },
    { verifyIdentity: false },
    { checkServerIdentity: () => undefined },
  ])('of TLS are refused: ssl %j', (ssl) => {
    const error = caught(() => mysql.check(driver(config({ ssl }))));
    expect(error.code).toBe('ERR_IAM_AUTH_TLS');
    expect(error.message).toContain(': remove ');
  });

  it.each([
    undefined,
    {},
    { password: '', debug: false, socketPath: undefined, uri: null },
    { ssl: null },
    { ssl: true },
    { ssl: 'Amazon RDS' },
    { ssl: { ca: CA, rejectUnauthorized: true, verifyIdentity: true, minVersion: 'TLSv1.3' } },
    { authPlugins: { dialog: () => () => '' }, enableCleartextPlugin: true },
    { connectTimeout: 5_000, charset: 'utf8mb4', stream: () => undefined },
  ])('do not include %j', (dialectOptions) => {
    expect(() => mysql.check(driver(config(dialectOptions)))).not.toThrow();
    expect(() => mysql.check(driver({ ...config(dialectOptions), password: null }))).not.toThrow();
  });
});

describe('what is dialed', () => {
  it.each([
    [{}, { hostname: HOST, port: 3306, username: 'app' }],
    [
      { dialectOptions: null, port: '3307' },
      { hostname: HOST, port: 3307, username: 'app' },
    ],
    [
      { dialectOptions: { host: 'other', port: 3308, user: 'admin' } },
      { hostname: 'other', port: 3308, username: 'admin' },
    ],
    [
      { port: null, host: null },
      { hostname: 'localhost', port: 3306, username: 'app' },
    ],
  ])('follows the driver’s own options: %j', (change, connectTarget) => {
    expect(readConnectTarget(driver({ ...config(), ...change }), mysql.defaultPort)).toEqual(
      connectTarget,
    );
  });

  it.each([null, undefined, ''])('needs a user: %p', (username) => {
    const error = caught(() =>
      readConnectTarget(driver({ ...config(), username }), mysql.defaultPort),
    );
    expect(error.code).toBe('ERR_IAM_AUTH_OPTIONS');
    expect(error.message).toContain('username is missing: set username to');
  });

  it('needs a host that is a name', () => {
    expect(
      caught(() =>
        readConnectTarget(driver({ ...config(), host: 5 as unknown as string }), mysql.defaultPort),
      ).code,
    ).toBe('ERR_IAM_AUTH_ENDPOINT');
  });
});

it.each([
  [undefined, 10_000],
  [{ connectTimeout: 2_500 }, 2_500],
  [{ connectTimeout: 0 }, 60_000],
])('lets a login take as long as the driver does: %j', (dialectOptions, ms) => {
  expect(loginTimeoutMs(driver(config(dialectOptions)), mysql.timeoutOption)).toBe(ms);
});

it.each([
  [undefined, undefined],
  [{ ssl: 'Amazon RDS' }, undefined],
  [{ ssl: {} }, undefined],
  [{ ssl: { ca: CA } }, CA],
])('finds the user’s own trusted roots: %j', (dialectOptions, ca) => {
  expect(ownCa(driver(config(dialectOptions)))).toBe(ca);
});

describe('a login in the config', () => {
  it('verifies chain and name, and has no token in any option but the plugin’s memory', () => {
    const { options, password } = applied();
    expect(options.ssl).toEqual({ ca: [CA], rejectUnauthorized: true, verifyIdentity: true });
    expect(Object.keys(Object(options.authPlugins) as object).sort()).toEqual([
      'caching_sha2_password',
      'mysql_clear_password',
      'mysql_native_password',
      'sha256_password',
    ]);
    expect(password).toMatch(/^[0-9a-f]{32}$/);
    expect(applied().password).not.toBe(password);
    for (const text of [
      JSON.stringify(options),
      inspect(options, { depth: null }),
      String(password),
    ]) {
      expect(text).not.toContain('X-Amz');
    }
  });

  it('keeps the user’s own TLS settings, plugins and driver options', () => {
    const dialog = () => () => '';
    const sha256_password = dialog;
    const stream = () => undefined;
    const { options } = applied({
      charset: 'utf8mb4',
      stream,
      ssl: { minVersion: 'TLSv1.3', ca: 'theirs' },
      authPlugins: { dialog, sha256_password },
    });
    expect(options).toMatchObject({ charset: 'utf8mb4', stream });
    expect(options.ssl).toEqual({
      minVersion: 'TLSv1.3',
      ca: [CA],
      rejectUnauthorized: true,
      verifyIdentity: true,
    });
    expect(options.authPlugins).toMatchObject({ dialog });
    expect(options.authPlugins).toHaveProperty('mysql_clear_password');
    expect(options.authPlugins).not.toHaveProperty('sha256_password', sha256_password);
    expect(options).not.toHaveProperty('host');
  });

  it.each([true, false])('drops enableCleartextPlugin: %p', (enableCleartextPlugin) => {
    expect(applied({ enableCleartextPlugin }).options).not.toHaveProperty('enableCleartextPlugin');
  });

  it('verifies the endpoint’s name and dials the tunnel', async () => {
    const server = createServer((socket) => socket.end('through'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const { options } = applied(undefined, {
      connectTarget: { hostname: '127.0.0.1', port, username: 'app' },
    });
    expect(options.host).toBe(HOST);
    const dial = options.stream as () => NodeJS.ReadableStream;
    const received: string[] = [];
    for await (const chunk of dial()) received.push(chunk.toString());
    expect(received.join('')).toBe('through');
    await new Promise((resolve) => server.close(resolve));
  });

  it('leaves the user’s own stream to dial where there is one', () => {
    const stream = () => undefined;
    const connectTarget = { hostname: 'localhost', port: 13_306, username: 'app' };
    const { options } = applied({ stream }, { connectTarget });
    expect(options).toMatchObject({ host: HOST, stream });
  });

  it.each([
    config(),
    config({}),
    { ...config(), password: undefined, dialectOptions: null },
    config(
      Object.freeze({
        ssl: Object.freeze({ minVersion: 'TLSv1.2' }),
        authPlugins: Object.freeze({ dialog: () => () => '' }),
        enableCleartextPlugin: true,
      }),
    ),
  ])('is taken out again without a trace: %#', (given) => {
    const { dialectOptions } = given;
    const copy = { ...given };
    const deep = JSON.stringify(given);
    const restore = logIn(given, login);
    expect(given.dialectOptions).not.toBe(dialectOptions);
    restore();
    expect(given.dialectOptions).toBe(dialectOptions);
    expect(given).toEqual(copy);
    expect(given.password).toBeUndefined();
    expect(JSON.stringify(given)).toBe(deep);
    expect(inspect(given, { depth: null, showHidden: true })).not.toContain('X-Amz');
  });
});

describe('a login in a config of Sequelize 7', () => {
  const flat = configAccess7({}, 3306);
  const given = {
    host: HOST,
    user: 'app',
    ssl: { minVersion: 'TLSv1.3' },
    enableCleartextPlugin: true,
  };

  it('stands at the top, and is taken out again without a trace', () => {
    const current: ConnectionConfig = { ...given };
    const restore = flat.applyChanges(
      current,
      mysql.loginOptions(flat.driverConfig(current), login).changes,
    );
    expect(current).toMatchObject({
      host: HOST,
      user: 'app',
      ssl: { minVersion: 'TLSv1.3', ca: [CA] },
    });
    expect(current).not.toHaveProperty('enableCleartextPlugin');
    restore();
    expect(current).toEqual(given);
  });

  it.each([
    [{ ssl: false }, 'IAM authentication needs TLS, but ssl is false: remove ssl'],
    [{ password: 'secret-1' }, 'password is set together with iamAuth'],
    [{ socketPath: '/run/x' }, 'socketPath cannot be used with iamAuth'],
    [
      { ssl: { checkServerIdentity: () => undefined } },
      'ssl.checkServerIdentity has no effect, because mysql2 ignores it',
    ],
  ])('is refused by the option’s own name: %#', (options, message) => {
    const error = caught(() => mysql.check(flat.driverConfig({ ...given, ...options })));
    expect(error.message).toContain(message);
  });

  it('needs a user', () => {
    const error = caught(() =>
      readConnectTarget(flat.driverConfig({ host: HOST }), mysql.defaultPort),
    );
    expect(error.message).toContain('user is missing: set user to');
  });
});

describe('how a login ended', () => {
  const driverError = (code: string) => Object.assign(new Error('x'), { code });
  const wrapped = (code: string) => Object.assign(new Error('x'), { parent: driverError(code) });
  const wrapped7 = (code: string) => new Error('x', { cause: driverError(code) });

  it.each([
    ['ER_ACCESS_DENIED_ERROR', 'denied'],
    ['ETIMEDOUT', 'timeout'],
    ['ECONNREFUSED', 'failed'],
    ['HANDSHAKE_SSL_ERROR', 'failed'],
    ['ER_CON_COUNT_ERROR', 'failed'],
  ])('%s means %s, wrapped by Sequelize or not', (code, outcome) => {
    expect(mysql.classifyError(wrapped(code))).toBe(outcome);
    expect(mysql.classifyError(wrapped7(code))).toBe(outcome);
    expect(mysql.classifyError(driverError(code))).toBe(outcome);
  });

  it.each([undefined, null, 'ETIMEDOUT', {}, new Error('ETIMEDOUT')])(
    'is a failure for %p',
    (error) => {
      expect(mysql.classifyError(error)).toBe('failed');
    },
  );
});

it.each(['sqlite', 'mssql', 'constructor', ''])('does not support the dialect %j', (name) => {
  const error = caught(() => dialectOf(name));
  expect(error.code).toBe('ERR_IAM_AUTH_UNSUPPORTED');
  expect(error.message).toBe(
    `iamAuth does not support the dialect ${name}: use mysql, mariadb, postgres`,
  );
});
