import { getEventListeners } from 'node:events';
import type { Socket } from 'node:net';
import { describeEndpoint, type ConnectTarget, type Endpoint } from '../endpoint/endpoint';
import { refuse, refuseOption } from '../errors';
import { net } from '../node-builtins';
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
  const { password, restrictedAuth, checkServerIdentity } = tokenOptions(
    login,
    ssl.checkServerIdentity,
  );
  const deadline = new Deadline(loginTimeoutMs(config, 'connectTimeout'), endpoint);
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
  if (own === undefined || own === null)
    return (callback: SocketCallback) => deadline.watch(connectTo(connectTarget), callback);
  if (typeof own !== 'function') return own;
  return (callback: SocketCallback) => {
    const socket = (own as (callback: SocketCallback) => Socket | undefined)((error, made) => {
      if (error) callback(error);
      else callback(null, deadline.watch(made ?? connectTo(connectTarget), callback));
    });
    return socket && deadline.watch(socket, callback);
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
  #restore: () => void = () => undefined;

  constructor(ms: number, endpoint: Endpoint) {
    this.#ms = ms;
    const message = `The login to ${describeEndpoint(endpoint)} has not ended within ${ms} ms`;
    this.#error = Object.assign(new Error(message), { code: 'ETIMEDOUT' });
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  watch(socket: Socket, replace: SocketCallback): Socket {
    // The user's own stream may have a method of its own.
    const own = Object.getOwnPropertyDescriptor(socket, 'destroy');
    this.#restore = () => {
      if (own === undefined) Reflect.deleteProperty(socket, 'destroy');
      else Object.defineProperty(socket, 'destroy', own);
    };
    // The TLS socket destroys the one below it first.
    socket.destroy = (error) => {
      this.#restore();
      if (this.#isTls) keepErrorListeners(replace);
      return socket.destroy(error);
    };
    this.#timer = setTimeout(() => {
      if (this.#isTls) this.#controller.abort(this.#error);
      else socket.destroy(this.#error);
    }, this.#ms);
    return socket;
  }

  clear(): void {
    clearTimeout(this.#timer);
    this.#restore();
  }

  get #isTls(): boolean {
    return getEventListeners(this.signal, 'abort').length > 0;
  }
}

/**
 * If the server hangs up during the TLS handshake, the connector stops listening to its TLS socket, whose error then follows and would
 * end the process. So the connector gets another socket to forget.
 */
function keepErrorListeners(replace: SocketCallback): void {
  const spare = new (net().Socket)();
  replace(null, spare);
  // Ends the timer that the connector sets for a new socket.
  spare.emit('connect');
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
