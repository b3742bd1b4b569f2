import { getEventListeners } from 'node:events';
import type { Socket } from 'node:net';
import { describeEndpoint, type ConnectTarget, type Endpoint } from '../endpoint/endpoint';
import { net } from '../node-builtins';
import { catchWhileReading } from './catch-while-reading';
import { connectTo } from './driver-options';

type SocketCallback = (error?: Error | null, socket?: Socket) => void;

/**
 * The socket of one login, with a deadline, and without what would end the process.
 *
 * In some versions, the connector's own timeout ends with the TCP handshake, so that a silent server would hold the connection
 * forever. This deadline covers the whole login. It destroys the socket that the connector listens to by then: the TLS socket, which
 * has the signal, or the plain one.
 */
export class LoginSocket {
  readonly #ms: number;
  readonly #error: Error;
  readonly #controller = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  #release = () => {};
  #isOver = false;

  constructor(ms: number, endpoint: Endpoint) {
    this.#ms = ms;
    const message = `The login to ${describeEndpoint(endpoint)} has not ended within ${ms} ms`;
    this.#error = Object.assign(new Error(message), { code: 'ETIMEDOUT' });
  }

  /** For the TLS socket, which listens to it from the time it is made. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  get hasTlsBegun(): boolean {
    return getEventListeners(this.signal, 'abort').length > 0;
  }

  /**
   * The connector's `stream` option, which returns a socket or passes it to the callback. Uses the user's own `stream` if there is
   * one.
   */
  stream(own: unknown, connectTarget: ConnectTarget): unknown {
    if (own === undefined || own === null)
      return (callback: SocketCallback) => this.#watch(connectTo(connectTarget), callback);
    if (typeof own !== 'function') return own;
    return (callback: SocketCallback) => {
      const socket = (own as (callback: SocketCallback) => Socket | undefined)((error, made) => {
        if (error) callback(error);
        else callback(null, this.#watch(made ?? connectTo(connectTarget), callback));
      });
      return socket && this.#watch(socket, callback);
    };
  }

  /** Lets the connector have the socket for itself. */
  forget(): void {
    this.#isOver = true;
    clearTimeout(this.#timer);
    this.#release();
  }

  #watch(socket: Socket, replace: SocketCallback): Socket {
    // Before TLS, anyone on the way can send packets that make the connector throw.
    // Later, because it may also throw at what follows the packet that has failed the login; nobody listens to its socket then.
    const stopCatching = catchWhileReading(socket, (error) => {
      setImmediate(() => (this.#isOver ? socket.destroy() : this.#end(socket, error)));
    });
    // The TLS socket destroys the one below it first.
    const stopWatching = beforeDestroy(socket, () => {
      if (this.hasTlsBegun) keepErrorListeners(replace);
    });
    this.#release = () => {
      stopCatching();
      stopWatching();
    };
    this.#timer = setTimeout(() => this.#end(socket, this.#error), this.#ms);
    return socket;
  }

  #end(socket: Socket, error: Error): void {
    if (this.hasTlsBegun) this.#controller.abort(error);
    else socket.destroy(error);
  }
}

/** Calls `act` before the socket is destroyed. The returned function ends this. */
function beforeDestroy(socket: Socket, act: () => void): () => void {
  const own = Object.getOwnPropertyDescriptor(socket, 'destroy');
  const restore = () => {
    if (own === undefined) Reflect.deleteProperty(socket, 'destroy');
    else Object.defineProperty(socket, 'destroy', own);
  };
  socket.destroy = (error) => {
    restore();
    act();
    return socket.destroy(error);
  };
  return restore;
}

/**
 * If the server hangs up during the TLS handshake, the connector stops listening to its TLS socket, whose error then follows and would
 * end the process. So the connector gets another socket to forget.
 */
function keepErrorListeners(replace: SocketCallback): void {
  const spare = new (net().Socket)();
  try {
    replace(null, spare);
  } catch {
    // The connector has ended the connection itself, and keeps no socket that it could forget.
    return;
  }
  // Ends the timer that the connector sets for a new socket.
  spare.emit('connect');
}
