import { getEventListeners } from 'node:events';
import type { Socket } from 'node:net';
import { describeEndpoint, type ConnectTarget, type Endpoint } from '../endpoint/endpoint';
import { refuse, refuseOption } from '../errors';
import { catchWhileReading } from './catch-while-reading';
import type { Dialect, DriverConfig, Login, LoginOptions } from './dialect';
import {
  checkConflicts,
  checkSsl,
  connectTo,
  driverErrorCode,
  sslOptions,
  loginTimeoutMs,
  DEFAULT_TIMEOUT_MS,
} from './driver-options';
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
  const deadline = new Deadline(loginTimeoutMs(config, 'connectTimeout'), endpoint);
  const { password, restrictedAuth, checkServerIdentity } = tokenOptions(
    login,
    ssl.checkServerIdentity,
    () => deadline.hasTlsBegun,
  );
  return {
    changes: {
      ...(connectTarget.hostname === endpoint.hostname ? {} : { host: endpoint.hostname }),
      stream: socketWithin(deadline, options.stream, connectTarget),
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
        signal: deadline.signal,
        checkServerIdentity,
      },
    },
    forget: () => {
      deadline.clear();
      password.splice(0);
    },
  };
}

/** The connector's `stream` option, which returns a socket or passes it to the callback. Uses the user's own `stream` if there is one. */
function socketWithin(deadline: Deadline, own: unknown, connectTarget: ConnectTarget): unknown {
  if (own === undefined || own === null) return () => deadline.watch(connectTo(connectTarget));
  if (typeof own !== 'function') return own;
  return (callback: SocketCallback) => {
    const socket = (own as (callback: SocketCallback) => Socket | undefined)((error, made) => {
      if (error) callback(error);
      else callback(null, deadline.watch(made ?? connectTo(connectTarget)));
    });
    return socket && deadline.watch(socket);
  };
}

type SocketCallback = (error?: Error | null, socket?: Socket) => void;

/**
 * In some versions, the connector's own timeout ends with the TCP handshake, so that a silent server would hold the connection
 * forever. This deadline covers the whole login. It destroys the socket that the connector listens to by then: the TLS socket, which
 * has the signal, or the plain one.
 */
class Deadline {
  readonly #ms: number;
  readonly #error: Error;
  readonly #controller = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  #release: (() => void) | undefined;
  #isOver = false;

  constructor(ms: number, endpoint: Endpoint) {
    this.#ms = ms;
    const message = `The login to ${describeEndpoint(endpoint)} has not ended within ${ms} ms`;
    this.#error = Object.assign(new Error(message), { code: 'ETIMEDOUT' });
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** The TLS socket listens to the signal from the time it is made. */
  get hasTlsBegun(): boolean {
    return getEventListeners(this.signal, 'abort').length > 0;
  }

  watch(socket: Socket): Socket {
    // Before TLS, anyone on the way can send packets that make the connector throw.
    const end = (error: Error) => {
      if (this.hasTlsBegun) this.#controller.abort(error);
      else socket.destroy(error);
    };
    // Later, because it may also throw at what follows the packet that has failed the login; nobody listens to its socket then.
    this.#release = catchWhileReading(socket, (error) => {
      setImmediate(() => (this.#isOver ? socket.destroy() : end(error)));
    });
    this.#timer = setTimeout(() => end(this.#error), this.#ms);
    return socket;
  }

  clear(): void {
    this.#isOver = true;
    clearTimeout(this.#timer);
    this.#release?.();
  }
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
