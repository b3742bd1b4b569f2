import { reasonOf } from '../errors';

type Resolve<T> = (value: T) => void;
type Reject = (error: Error) => void;

/**
 * A promise that `start` settles. If the signal aborts first, the promise rejects with the signal's reason.
 * The function that `start` returns is called once the promise is settled, to undo what `start` began.
 */
export function untilAborted<T>(
  signal: AbortSignal | undefined,
  start: (resolve: Resolve<T>, reject: Reject) => () => void,
): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    if (signal?.aborted === true) {
      reject(reasonOf(signal));
      return;
    }
    let undo = (): void => undefined;
    const end = () => {
      signal?.removeEventListener('abort', abort);
      undo();
    };
    const abort = () => {
      end();
      if (signal !== undefined) reject(reasonOf(signal));
    };
    signal?.addEventListener('abort', abort, { once: true });
    undo = start(
      (value) => {
        end();
        resolve(value);
      },
      (error) => {
        end();
        reject(error);
      },
    );
  });
}
