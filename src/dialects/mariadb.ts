import { refuse, refuseOption } from '../errors';
import type { Dialect, DriverConfig, Login, LoginOptions } from './dialect';
import {
  checkConflicts,
  checkSsl,
  driverErrorCode,
  sslOptions,
  loginTimeoutMs,
  DEFAULT_TIMEOUT_MS,
} from './driver-options';
import { LoginSocket } from './mariadb-socket';
import { tokenOptions } from './mariadb-token';

const TIMEOUTS = ['ER_CONNECTION_TIMEOUT', 'ER_SOCKET_TIMEOUT', 'ETIMEDOUT', 'ABORT_ERR'];

/** The MariaDB connector: 3.0.2 with Sequelize 6, 3.4 and later with Sequelize 7. */
export const mariadb: Dialect = {
  name: 'mariadb',
  defaultPort: 3306,
  checkDriver,
  check,
  timeoutOption: 'connectTimeout',
  loginOptions,
  classifyError: (error) => {
    const code = driverErrorCode(error);
    if (code === 'ER_ACCESS_DENIED_ERROR' || code === 'ER_ACCESS_DENIED_NO_PASSWORD_ERROR') {
      return 'denied';
    }
    return TIMEOUTS.includes(String(code)) ? 'timeout' : 'failed';
  },
};

const CONFLICTS: Readonly<Record<string, string>> = {
  debug: 'it prints every packet, including the token',
  debugCompress: 'it prints every packet, including the token',
  logPackets: 'it adds packets to errors, including the token',
  socketPath: 'IAM authentication needs TLS over TCP',
  restrictedAuth: 'the server may ask for mysql_clear_password only',
  permitRedirect: 'a server could send the token to another host',
};

function check(config: DriverConfig): void {
  const { options, nameOf } = config;
  checkConflicts(config, CONFLICTS);
  const { logger } = options;
  if (typeof logger === 'function' || Boolean(Reflect.get(Object(logger), 'network'))) {
    refuseOption(
      `${nameOf('logger')} would get every packet, including the token`,
      `remove ${nameOf('logger')}, or pass an object of query, error and warning only`,
    );
  }
  checkSsl(config, { texts: ['true'], switches: ['rejectUnauthorized'] });
}

function loginOptions(config: DriverConfig, login: Login): LoginOptions {
  const { endpoint, connectTarget, ca } = login;
  const { options } = config;
  const ssl = sslOptions(config);
  const socket = new LoginSocket(loginTimeoutMs(config, 'connectTimeout'), endpoint);
  const { password, restrictedAuth, checkServerIdentity } = tokenOptions(
    login,
    ssl.checkServerIdentity,
    () => socket.hasTlsBegun,
  );
  return {
    changes: {
      ...(connectTarget.hostname === endpoint.hostname ? {} : { host: endpoint.hostname }),
      stream: socket.stream(options.stream, connectTarget),
      password,
      restrictedAuth,
      permitRedirect: false,
      connectTimeout: options.connectTimeout ?? DEFAULT_TIMEOUT_MS,
      ssl: {
        ...ssl,
        ca,
        rejectUnauthorized: true,
        // Without it, the connector requests no server name (SNI).
        servername: endpoint.hostname,
        signal: socket.signal,
        checkServerIdentity,
      },
    },
    forget: () => {
      socket.forget();
      password.splice(0);
    },
  };
}

/** Version 2 would send the token in plain text. From 3.1 on, Sequelize 6 cannot read the rows of raw queries. */
function checkDriver(driver: unknown): string | undefined {
  const version = String(Reflect.get(Object(driver), 'version'));
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (!(major >= 3)) {
    refuse(
      'ERR_IAM_AUTH_UNSUPPORTED',
      `mariadb ${version} cannot keep the token from other authentication plugins`,
      'install mariadb 3.0.2',
    );
  }
  return major > 3 || minor > 0
    ? `Sequelize 6 cannot read the rows of raw queries from mariadb ${version}: install mariadb 3.0.2, or use Sequelize 7`
    : undefined;
}
