import { createServer, type Server } from 'node:net';
import { once } from 'node:events';
import { defaultProvider } from '@aws-sdk/credential-provider-node';
import { Signer } from '@aws-sdk/rds-signer';
import * as mariadb from 'mariadb';
import { createConnection } from 'mysql2/promise';
import { Client } from 'pg';
import { Sequelize } from 'sequelize';
import { explainError } from 'sequelize-rds-iam';
import {
  type CertificateRequest,
  createAuthority,
  type MySqlEndpointOptions,
} from 'rds-iam-emulator';
import { startRefusingPostgres, type RefusingPostgres } from '../../harness/refusing-postgres';
import { ENDPOINT, startEndpoint, type EmulatedEndpoint } from '../../harness/emulated-endpoint';
import { carelessOptions, safeOptions } from '../../harness/mysql2-clients';
import { withoutAws } from '../../harness/named-rds';

/** Whatever a promise rejects with. */
async function failure(promise: Promise<unknown>): Promise<unknown> {
  const ended = await promise.then(
    () => undefined,
    (error: unknown) => ({ error }),
  );
  if (ended === undefined) throw new Error('It did not fail');
  return ended.error;
}

const HOUR_MS = 3_600_000;
let endpoint: EmulatedEndpoint | undefined;
afterEach(async () => {
  await endpoint?.emulator.close();
  endpoint = undefined;
});

const start = async (
  options: Partial<MySqlEndpointOptions> = {},
  certificate?: CertificateRequest,
) => {
  endpoint = await startEndpoint(options, certificate);
  return endpoint;
};

describe('what mysql2 reports', () => {
  it.each([
    {
      code: 1045,
      sqlState: '28000',
      message: "Access denied for user 'u'@'h' (using password: YES)",
      expected: 'ER_ACCESS_DENIED_ERROR',
      cause: /policy/,
    },
    {
      code: 1045,
      sqlState: '28000',
      message: "Access denied for user 'u'@'h' (using password: NO)",
      expected: 'ER_ACCESS_DENIED_ERROR',
      cause: /No token was sent/,
    },
    {
      code: 1044,
      sqlState: '42000',
      message: "Access denied for user 'u'@'h' to database 'd'",
      expected: 'ER_DBACCESS_DENIED_ERROR',
      cause: /privilege/,
    },
    {
      code: 1049,
      sqlState: '42000',
      message: "Unknown database 'd'",
      expected: 'ER_BAD_DB_ERROR',
      cause: /database/,
    },
    {
      code: 1524,
      sqlState: 'HY000',
      message: "Plugin 'AWSAuthenticationPlugin' is not loaded",
      expected: 'ER_PLUGIN_IS_NOT_LOADED',
      cause: /not enabled/,
    },
    {
      code: 1040,
      sqlState: '08004',
      message: 'Too many connections',
      expected: 'ER_CON_COUNT_ERROR',
      cause: /no free connections/,
    },
    {
      code: 1040,
      sqlState: '08004',
      message: 'IAM authentication rate limit exceeded',
      expected: '1040',
      cause: /logins per second reach RDS Proxy/,
    },
    {
      code: 1040,
      sqlState: '08004',
      message: 'Connections rate limit exceeded (5)',
      expected: '1040',
      cause: /connections reach RDS Proxy/,
    },
    {
      code: 9501,
      sqlState: 'HY000',
      message: 'Timed-out waiting to acquire database connection',
      expected: '9501',
      cause: /RDS Proxy got no connection/,
    },
    {
      code: 3159,
      sqlState: 'HY000',
      message: 'This RDS Proxy requires TLS connections.',
      expected: '3159',
      cause: /RDS Proxy/,
    },
    {
      code: 1226,
      sqlState: '42000',
      message: "User 'u' has exceeded the 'max_user_connections' resource",
      expected: 'ER_USER_LIMIT_REACHED',
      cause: /limit/,
    },
    {
      code: 1129,
      sqlState: 'HY000',
      message: "Host '10.0.0.1' is blocked because of many connection errors",
      expected: 'ER_HOST_IS_BLOCKED',
      cause: /aborted/,
    },
    {
      code: 1251,
      sqlState: '08004',
      message: 'Client does not support authentication protocol requested by server',
      expected: 'ER_NOT_SUPPORTED_AUTH_MODE',
      cause: /too old/,
    },
  ])('is explained: $code $message', async ({ code, sqlState, message, expected, cause }) => {
    const at = await start({ faults: { errorPacket: { code, sqlState, message } } });

    const explained = explainError(await failure(createConnection(safeOptions(at, at.token()))));

    expect(explained.code).toBe(expected);
    expect(explained.cause).toMatch(cause);
  });

  it('is explained when the clear-text option is off', async () => {
    const at = await start();
    const options = { ...safeOptions(at, at.token()), authPlugins: {} };

    const error = await failure(createConnection(options));

    expect(explainError(error).code).toBe('MYSQL_CLEAR_PASSWORD_NOT_ENABLED');
  });

  it.each([
    {
      what: 'no TLS',
      expected: 'ER_SECURE_TRANSPORT_REQUIRED',
      options: {},
      client: carelessOptions,
    },
    {
      what: 'a server without TLS',
      expected: 'HANDSHAKE_NO_SSL_SUPPORT',
      options: { tls: false as const },
      client: safeOptions,
    },
    {
      what: 'an unknown plugin',
      expected: 'AUTH_SWITCH_PLUGIN_ERROR',
      options: { faults: { plugin: 'dialog' } },
      client: safeOptions,
    },
    {
      what: 'a reset',
      expected: 'ECONNRESET',
      options: { faults: { resetAt: 'connect' as const } },
      client: safeOptions,
    },
  ])('is explained with $what', async ({ expected, options, client }) => {
    const at = await start(options);

    expect(explainError(await failure(createConnection(client(at, at.token())))).code).toBe(
      expected,
    );
  });

  it.each([
    {
      what: 'another root',
      expected: 'SELF_SIGNED_CERT_IN_CHAIN',
      certificate: undefined,
      otherRoot: 'Another root',
    },
    {
      what: 'another root of the same name',
      expected: 'SELF_SIGNED_CERT_IN_CHAIN',
      certificate: undefined,
      otherRoot: 'Emulator root',
    },
    {
      what: 'a self-signed certificate',
      expected: 'SELF_SIGNED_CERT_IN_CHAIN',
      certificate: { names: ['localhost'], selfSigned: true },
    },
    {
      what: 'an expired certificate',
      expected: 'CERT_HAS_EXPIRED',
      certificate: {
        names: ['localhost'],
        notBefore: new Date(Date.now() - 2 * HOUR_MS),
        notAfter: new Date(Date.now() - HOUR_MS),
      },
    },
    {
      what: 'a certificate of tomorrow',
      expected: 'CERT_NOT_YET_VALID',
      certificate: {
        names: ['localhost'],
        notBefore: new Date(Date.now() + HOUR_MS),
        notAfter: new Date(Date.now() + 2 * HOUR_MS),
      },
    },
    {
      what: 'another name',
      expected: 'ERR_TLS_CERT_ALTNAME_INVALID',
      certificate: { names: ['other.example'] },
    },
  ])('is explained with $what', async ({ expected, certificate, otherRoot }) => {
    const at = await start({}, certificate);
    const options = safeOptions(at, at.token());
    const ca = otherRoot === undefined ? options.ssl.ca : (await createAuthority(otherRoot)).caPem;

    const error = await failure(createConnection({ ...options, ssl: { ...options.ssl, ca } }));

    expect(explainError(error).code).toBe(expected);
  });

  it('is explained when the server never speaks', async () => {
    const at = await start({ faults: { silentAt: 'connect' } });
    const options = { ...safeOptions(at, at.token()), connectTimeout: 100 };

    expect(explainError(await failure(createConnection(options))).code).toBe('ETIMEDOUT');
  });
});

describe('what the mariadb connector reports', () => {
  const options = (at: EmulatedEndpoint) => ({
    host: ENDPOINT.hostname,
    port: at.emulator.port,
    user: ENDPOINT.username,
    password: at.token(),
    connectTimeout: 2_000,
  });

  it.each([
    {
      what: 'a denial',
      expected: 'ER_ACCESS_DENIED_ERROR',
      server: { faults: { deny: true } },
      ssl: true,
    },
    {
      what: 'no TLS to a server that has none',
      expected: 'ER_CLEAR_PASSWORD_WITHOUT_SSL',
      server: { tls: false as const },
      ssl: false,
    },
    {
      what: 'TLS to a server that has none',
      expected: 'HANDSHAKE_NO_SSL_SUPPORT',
      server: { tls: false as const },
      ssl: true,
    },
    {
      what: 'silence',
      expected: 'ETIMEDOUT',
      server: { faults: { silentAt: 'connect' as const } },
      ssl: true,
    },
    {
      what: 'a reset',
      expected: 'ECONNRESET',
      server: { faults: { resetAt: 'connect' as const } },
      ssl: true,
    },
  ])('is explained with $what', async ({ expected, server, ssl }) => {
    const at = await start(server);

    const error = await failure(
      mariadb.createConnection({ ...options(at), ...(ssl && { ssl: { ca: at.caPem } }) }),
    );

    expect(explainError(error).code).toBe(expected);
  });

  it('is explained with restrictedAuth, and with another root', async () => {
    const at = await start();
    const ssl = { ca: at.caPem };
    const restricted = { ...options(at), ssl, restrictedAuth: 'mysql_native_password' };
    const untrusted = { ...options(at), ssl: { ca: (await createAuthority()).caPem } };

    expect(explainError(await failure(mariadb.createConnection(restricted))).code).toBe(
      'AUTH_SWITCH_PLUGIN_ERROR',
    );
    expect(explainError(await failure(mariadb.createConnection(untrusted))).code).toBe(
      'SELF_SIGNED_CERT_IN_CHAIN',
    );
  });
});

describe('what pg reports', () => {
  let server: RefusingPostgres;
  beforeAll(async () => {
    server = await startRefusingPostgres();
  });
  afterAll(() => server.close());

  const connect = async (changes: object = {}) => {
    const options = { host: '127.0.0.1', port: server.port, user: 'jane', database: 'app' };
    const client = new Client({ ...options, ...changes });
    client.on('error', () => undefined);
    return failure(client.connect());
  };

  it.each([
    { sqlState: '28000', message: 'PAM authentication failed for user "jane"', cause: /policy/ },
    {
      sqlState: '28000',
      message:
        'pg_hba.conf rejects connection for host "10.0.0.1", user "jane", database "app", no encryption',
      cause: /requires TLS/,
    },
    {
      sqlState: '28000',
      message: 'no pg_hba.conf entry for host "10.0.0.1", user "jane", database "app", SSL off',
      cause: /requires TLS/,
    },
    {
      sqlState: '28000',
      message: 'no pg_hba.conf entry for host "10.0.0.1", user "jane", database "app", SSL on',
      cause: /from this address/,
    },
    {
      sqlState: '28P01',
      message: 'password authentication failed for user "jane"',
      cause: /rds_iam/,
    },
    { sqlState: '28000', message: 'role "jane" does not exist', cause: /case-sensitive/ },
    { sqlState: '3D000', message: 'database "app" does not exist', cause: /token was accepted/ },
    { sqlState: '53300', message: 'sorry, too many clients already', cause: /no free connections/ },
    {
      sqlState: '28000',
      message:
        'The IAM authentication failed for the role jane. Check the IAM token for this role and try again.',
      cause: /RDS Proxy refuses the token/,
    },
    {
      sqlState: '28000',
      message: 'The IAM authentication failed because of too many competing requests.',
      cause: /logins per second reach RDS Proxy/,
    },
    {
      sqlState: '28000',
      message: 'IAM authentication is allowed only with SSL connections.',
      cause: /RDS Proxy was opened without TLS/,
    },
    {
      sqlState: '28000',
      message:
        'This RDS proxy has no credentials for the role jane. Check the credentials for this role and try again.',
      cause: /no secret/,
    },
    {
      sqlState: '28000',
      message: 'RDS Proxy supports only IAM, MD5, or SCRAM authentication.',
      cause: /does not require IAM/,
    },
    {
      sqlState: '57014',
      message: 'canceling authentication due to timeout',
      cause: /too little memory/,
    },
  ])('is explained: $message', async ({ sqlState, message, cause }) => {
    server.refuseWith({ sqlState, message });

    expect(explainError(await connect()).cause).toMatch(cause);
  });

  it('is explained with TLS to a server that has none', async () => {
    expect(explainError(await connect({ ssl: true })).code).toBe('HANDSHAKE_NO_SSL_SUPPORT');
  });
});

describe('what Node and Sequelize report', () => {
  let silent: Server;
  let port: number;
  beforeAll(async () => {
    silent = createServer();
    silent.listen(0, '127.0.0.1');
    await once(silent, 'listening');
    port = Number(Reflect.get(Object(silent.address()), 'port'));
  });
  afterAll(() => silent.close());

  it('is explained when the port is closed', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const closedPort = Number(Reflect.get(Object(server.address()), 'port'));
    server.close();
    await once(server, 'close');
    const sequelize = new Sequelize({ dialect: 'mysql', host: '127.0.0.1', port: closedPort });

    expect(explainError(await failure(sequelize.authenticate())).code).toBe('ECONNREFUSED');
    const client = new Client({ host: '127.0.0.1', port: closedPort });
    expect(explainError(await failure(client.connect())).code).toBe('ECONNREFUSED');
  });

  it('is explained when the name does not exist', async () => {
    const sequelize = new Sequelize({ dialect: 'mysql', host: 'nowhere.invalid' });
    const { code } = explainError(await failure(sequelize.authenticate()));

    // Without a DNS server at hand, that is what is reported.
    expect(['ENOTFOUND', 'EAI_AGAIN']).toContain(code);
  });

  it('is explained when the pool gives up', async () => {
    const sequelize = new Sequelize({
      dialect: 'mysql',
      host: '127.0.0.1',
      port,
      pool: { acquire: 50 },
      dialectOptions: { connectTimeout: 300 },
      ...{ databaseVersion: '8.0.36' },
    });

    expect(explainError(await failure(sequelize.authenticate())).code).toBe(
      'SequelizeConnectionAcquireTimeoutError',
    );
  });

  it('is explained when the driver is not installed', () => {
    const construct = () => new Sequelize({ dialect: 'mssql', logging: false });
    let error: unknown;
    try {
      construct();
    } catch (thrown) {
      error = thrown;
    }
    expect(explainError(error).code).toBe('DRIVER_MISSING');
  });
});

describe('what the AWS SDK reports', () => {
  const environment = { ...process.env };
  beforeEach(() => {
    process.env = { ...withoutAws(environment) };
  });
  afterEach(() => {
    process.env = { ...environment };
  });

  it('is explained without credentials and without a region', async () => {
    const credentials = await failure(defaultProvider()());
    const signer = new Signer({
      hostname: 'h',
      port: 1,
      username: 'u',
      credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
    });

    expect(explainError(credentials)).toMatchObject({
      code: 'CredentialsProviderError',
      cause: expect.stringMatching(/^No environment variable, profile/) as string,
    });
    expect(explainError(await failure(signer.getAuthToken())).code).toBe('ERR_IAM_AUTH_REGION');
  });
});
