import type { Socket } from 'node:net';
import { net } from '../node-builtins';
import type { ConnectTarget } from '../endpoint/endpoint';
import { isError, refuseOption } from '../errors';
import type { Dialect, DriverConfig, Login, LoginOptions } from './dialect';
import {
  checkConflicts,
  checkSsl,
  composedIdentityCheck,
  driverError,
  driverErrorCode,
  sslOptions,
  DEFAULT_TIMEOUT_MS,
} from './driver-options';
import { catchingStream } from './postgres-stream';
import { passwordFor } from './postgres-token';

const LAST_PORT = 65_535;
const NATIVE = 'pg-native cannot keep the token from an unverified server';

/** pg, from 8.11. */
export const postgres: Dialect = {
  name: 'postgres',
  defaultPort: 5432,
  check,
  timeoutOption: 'connectionTimeoutMillis',
  loginOptions,
  classifyError: (error) => {
    const code = driverErrorCode(error);
    // 28000 invalid_authorization_specification, 28P01 invalid_password.
    if (code === '28000' || code === '28P01') return 'denied';
    return code === 'ETIMEDOUT' || isTimeout(driverError(error)) ? 'timeout' : 'failed';
  },
};

function check(config: DriverConfig): void {
  const { options, nameOf } = config;
  checkConflicts(config, { native: NATIVE });
  if (process.env['NODE_PG_FORCE_NATIVE'] !== undefined) {
    refuseOption(
      `NODE_PG_FORCE_NATIVE cannot be used with iamAuth because ${NATIVE}`,
      'unset NODE_PG_FORCE_NATIVE',
    );
  }
  if (typeof options.host === 'string' && options.host.startsWith('/')) {
    refuseOption(
      `${nameOf('host')} is the folder of a socket, but IAM authentication needs TLS over TCP`,
      `set ${nameOf('host')} to the RDS endpoint`,
    );
  }
  checkSsl(config, { texts: ['true'], switches: ['rejectUnauthorized'] });
}

function loginOptions(
  config: DriverConfig,
  { takeToken, endpoint, connectTarget, ca }: Login,
): LoginOptions {
  const { options } = config;
  const ssl = sslOptions(config);
  const isTunnel = connectTarget.hostname !== endpoint.hostname && options.stream === undefined;
  const { stream, release } = catchingStream(endpoint, function (config) {
    const own = options.stream;
    if (typeof own === 'function') return Reflect.apply(own, this, [config]) as unknown;
    return own ?? (isTunnel ? socketTo(connectTarget) : new (net().Socket)());
  });
  return {
    changes: {
      // pg requests its `host` as the server name (SNI), so behind a tunnel `host` must be the endpoint's name.
      ...(isTunnel ? { host: endpoint.hostname } : {}),
      stream,
      password: passwordFor(endpoint, takeToken),
      // A port above the last makes the socket throw at once. pg's timer would keep running and end the process.
      connectionTimeoutMillis:
        connectTarget.port > LAST_PORT
          ? 0
          : (options.connectionTimeoutMillis ?? DEFAULT_TIMEOUT_MS),
      ssl: {
        ...ssl,
        ca,
        rejectUnauthorized: true,
        servername: endpoint.hostname,
        checkServerIdentity: composedIdentityCheck(endpoint.hostname, ssl.checkServerIdentity),
      },
    },
    forget: release,
  };
}

/** A socket that connects to the connect target, whatever address pg passes to `connect`. */
function socketTo({ hostname, port }: ConnectTarget): Socket {
  const socket = new (net().Socket)();
  const connect = socket.connect.bind(socket) as (port: number, host: string) => Socket;
  return Object.assign(socket, { connect: () => connect(port, hostname) });
}

/** pg's timeout error has no code. */
function isTimeout(error: unknown): boolean {
  return isError(error) && error.message === 'timeout expired';
}
