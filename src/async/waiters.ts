import { untilAborted } from './until-aborted';

/** A condition variable: callers sleep until something changes. */
export class Waiters {
  readonly #wakes = new Set<() => void>();

  /** Resolves at the next `notifyAll`, or after `ms`. Rejects with the signal's reason if it aborts. */
  sleep(signal: AbortSignal, ms = Infinity): Promise<void> {
    return untilAborted(signal, (resolve: (value?: undefined) => void) => {
      const wake = () => resolve();
      this.#wakes.add(wake);
      const timer = ms === Infinity ? undefined : setTimeout(wake, Math.ceil(ms));
      return () => {
        this.#wakes.delete(wake);
        clearTimeout(timer);
      };
    });
  }

  notifyAll(): void {
    for (const wake of this.#wakes) wake();
  }
}
