import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { IamAuthError } from '../errors';
import type { CertificateAuthorities, ConnectionConfig, DialedEndpoint } from '../types';
import type { Dialect, Login } from './dialect';
import { authPlugins } from './mysql-auth-plugins';

const DEFAULT_PORT = 3306;
/** mysql2's own default. */
const CONNECT_TIMEOUT_MS = 10_000;
/** The lease of a login where the user switched the driver's time-out off. */
const NO_TIMEOUT_MS = 60_000;
const RDS_PROFILE = 'Amazon RDS';

type DriverOptions = Readonly<Record<string, unknown>>;

/** mysql2, from 3.9.8. */
export const mysql: Dialect = {
  defaultPort: DEFAULT_PORT,
  check,
  dialed,
  ca: (config) => {
    const { ca } = sslOptions(driverOptions(config));
    return ca as CertificateAuthorities | undefined;
  },
  connectTimeoutMs: (config) => {
    const { connectTimeout = CONNECT_TIMEOUT_MS } = driverOptions(config);
    return typeof connectTimeout === 'number' && connectTimeout > 0
      ? connectTimeout
      : NO_TIMEOUT_MS;
  },
  apply,
  outcomeOf: (error) => {
    const code = driverErrorCode(error);
    if (code === 'ER_ACCESS_DENIED_ERROR') return 'denied';
    return code === 'ETIMEDOUT' ? 'timeout' : 'failed';
  },
};

const CONFLICTS: Readonly<Record<string, string>> = {
  debug: 'it prints every packet, the token included',
  authSwitchHandler: 'it would answer in place of the token',
  socketPath: 'IAM authentication needs TLS over TCP',
  passwordSha1: 'the token is the password',
  password1: 'the token is the password',
  password2: 'the token is the only factor',
  password3: 'the token is the only factor',
  uri: 'it may name another host or a password: use host, port and username',
};

function check(config: ConnectionConfig): void {
  const options = driverOptions(config);
  if (isGiven(config.password) || isGiven(options.password)) {
    const option = isGiven(config.password) ? 'password' : 'dialectOptions.password';
    refuse(
      'ERR_IAM_AUTH_OPTIONS',
      `${option} is set together with iamAuth: remove ${option}, the token is the password`,
    );
  }
  for (const [option, reason] of Object.entries(CONFLICTS)) {
    if (isGiven(options[option]) && options[option] !== false) {
      refuse(
        'ERR_IAM_AUTH_OPTIONS',
        `dialectOptions.${option} cannot be used with iamAuth, ${reason}: remove it`,
      );
    }
  }
  const { authPlugins: plugins } = options;
  if (typeof plugins === 'object' && plugins !== null && 'mysql_clear_password' in plugins) {
    refuse(
      'ERR_IAM_AUTH_OPTIONS',
      'dialectOptions.authPlugins.mysql_clear_password is what iamAuth supplies: remove it',
    );
  }
  checkSsl(options.ssl);
}

function checkSsl(ssl: unknown): void {
  if (ssl === undefined || ssl === null || ssl === true || ssl === RDS_PROFILE) return;
  if (ssl === false) {
    refuse(
      'ERR_IAM_AUTH_TLS',
      'IAM authentication needs TLS, but dialectOptions.ssl is false: remove it',
    );
  }
  if (typeof ssl !== 'object') {
    refuse(
      'ERR_IAM_AUTH_TLS',
      `dialectOptions.ssl must be an object or '${RDS_PROFILE}': remove it, iamAuth sets TLS up`,
    );
  }
  for (const option of ['rejectUnauthorized', 'verifyIdentity'] as const) {
    const value: unknown = Reflect.get(ssl, option);
    if (value === undefined || value === true) continue;
    refuse(
      'ERR_IAM_AUTH_TLS',
      `dialectOptions.ssl.${option} would let the token go to an unverified server: remove it`,
    );
  }
}

function dialed(config: ConnectionConfig): DialedEndpoint {
  const options = driverOptions(config);
  const username = options.user ?? config.username;
  const hostname = options.host ?? config.host ?? 'localhost';
  if (typeof username !== 'string' || username === '') {
    refuse(
      'ERR_IAM_AUTH_OPTIONS',
      'username is missing: set it to the database user that the IAM policy names',
    );
  }
  if (typeof hostname !== 'string' || hostname === '') {
    refuse('ERR_IAM_AUTH_ENDPOINT', 'host is not a host name: set it to the RDS endpoint');
  }
  return { hostname, port: Number(options.port ?? config.port ?? DEFAULT_PORT), username };
}

/**
 * The token is handed out by the authentication plugin alone. The driver's password is a random one that no account has: some
 * servers can make the driver answer with its password, and the driver keeps it.
 */
function apply(config: ConnectionConfig, { token, endpoint, dialed: to, ca }: Login): () => void {
  const { password, dialectOptions } = config;
  const given = driverOptions(config);
  const placeholder = randomBytes(16).toString('hex');
  config.password = placeholder;
  config.dialectOptions = {
    ...without(given, 'enableCleartextPlugin'),
    ...(to.hostname === endpoint.hostname
      ? {}
      : { host: endpoint.hostname, stream: given.stream ?? dial(to) }),
    ssl: { ...sslOptions(given), ca, rejectUnauthorized: true, verifyIdentity: true },
    authPlugins: { ...pluginsOf(given), ...authPlugins(endpoint, token) },
  };
  return () => {
    config.password = password;
    config.dialectOptions = dialectOptions;
  };
}

/** The driver verifies its `host`, so that is the endpoint's name and the socket is opened here. */
function dial({ hostname, port }: DialedEndpoint): () => Socket {
  return () => connect({ host: hostname, port, noDelay: true, keepAlive: true });
}

/** mysql2 before 3.22 warns of this option, and the plugin makes it superfluous. */
function without(options: DriverOptions, name: string): DriverOptions {
  return Object.fromEntries(Object.entries(options).filter(([key]) => key !== name));
}

function driverOptions({ dialectOptions }: ConnectionConfig): DriverOptions {
  return { ...dialectOptions };
}

function sslOptions({ ssl }: DriverOptions): DriverOptions {
  return typeof ssl === 'object' ? { ...ssl } : {};
}

function pluginsOf({ authPlugins: plugins }: DriverOptions): object {
  return typeof plugins === 'object' && plugins !== null ? plugins : {};
}

function driverErrorCode(error: unknown): unknown {
  const cause: unknown = error instanceof Error && 'parent' in error ? error.parent : error;
  return cause instanceof Error && 'code' in cause ? cause.code : undefined;
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null && value !== '';
}

function refuse(
  code: 'ERR_IAM_AUTH_OPTIONS' | 'ERR_IAM_AUTH_TLS' | 'ERR_IAM_AUTH_ENDPOINT',
  message: string,
): never {
  throw new IamAuthError(code, message);
}
