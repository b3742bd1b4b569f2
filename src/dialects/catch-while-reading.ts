import type { EventEmitter } from 'node:events';
import { isError } from '../errors';

/**
 * Catches what a driver throws while it reads what a server sent. Thrown from a stream's event, it would end the process. `onError` gets
 * an error with the code `EPROTO` and what was thrown as its cause. The returned function ends this.
 */
export function catchWhileReading(
  stream: Pick<EventEmitter, 'emit'>,
  onError: (error: Error) => void,
): () => void {
  const { emit } = stream;
  let isActive = true;
  stream.emit = (event, ...args: unknown[]) => {
    try {
      return emit.call(stream, event, ...args);
    } catch (cause) {
      if (event !== 'data' || !isActive) throw cause;
      const reason = isError(cause) ? cause.message : String(cause);
      const message = `The server does not keep to the protocol: ${reason}`;
      onError(Object.assign(new Error(message, { cause }), { code: 'EPROTO' }));
      return true;
    }
  };
  return () => {
    isActive = false;
  };
}
