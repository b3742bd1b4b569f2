import type { EventEmitter } from 'node:events';
import type { Duplex } from 'node:stream';
import { isError } from '../errors';
import type { Endpoint } from '../endpoint/endpoint';
import { catchWhileReading } from './catch-while-reading';
import { methodRefused } from './postgres-token';

/** What the package uses of pg's `Connection`, which calls a stream function as its own method. */
interface Connection extends Pick<EventEmitter, 'once' | 'emit'> {
  readonly stream: Duplex;
}

type StreamFunction = (this: unknown, config?: unknown) => unknown;

/** The names of the authentication requests at which pg's parser throws. */
const METHODS: Readonly<Record<string, string>> = { 7: 'GSSAPI', 9: 'SSPI' };
const UNKNOWN_METHOD = /^Unknown authenticationOk message type (\d+)$/;

/**
 * Returns `open` as pg's `stream` option. pg's parser throws at some messages, such as a request for GSSAPI; until `release` is called,
 * such an error ends the connection instead of the process.
 */
export function catchingStream(
  endpoint: Endpoint,
  open: StreamFunction,
): { readonly stream: StreamFunction; readonly release: () => void } {
  let release = (): void => undefined;
  const watch = (connection: Connection) => {
    const { stream } = connection;
    release = catchWhileReading(stream, (error) => {
      connection.emit('error', explained(error, endpoint));
      stream.destroy();
    });
  };
  return {
    stream(config) {
      // Emitted once the stream is the TLS socket, before the server has said anything there.
      if (isConnection(this)) this.once('sslconnect', watch.bind(undefined, this));
      return open.call(this, config);
    },
    release: () => release(),
  };
}

function isConnection(caller: unknown): caller is Connection {
  return typeof Reflect.get(Object(caller), 'once') === 'function';
}

function explained(error: Error, endpoint: Endpoint): Error {
  const { cause } = error;
  const number = isError(cause) ? UNKNOWN_METHOD.exec(cause.message)?.[1] : undefined;
  if (number === undefined) return error;
  return methodRefused(endpoint, METHODS[number] ?? `unknown (${number})`);
}
