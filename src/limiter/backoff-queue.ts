import { Waiters } from '../async/waiters';
import { Backoff } from './backoff';
import type { BackoffState, LoginBackoff, LoginOutcome } from './contract';

/** `Backoff` for the logins of one JavaScript thread, with those that wait for it. */
export class BackoffQueue implements LoginBackoff {
  readonly #backoff: Backoff;
  readonly #now: () => number;
  readonly #waiters = new Waiters();

  constructor(now: () => number, backoff: Backoff = new Backoff()) {
    this.#now = now;
    this.#backoff = backoff;
  }

  get failing(): boolean {
    return this.#backoff.failing;
  }

  get lastError(): unknown {
    return this.#backoff.lastError;
  }

  get state(): BackoffState {
    return { failures: this.#backoff.failures, delayMs: this.#backoff.delay(this.#now()) };
  }

  async ready(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    for (;;) {
      const delay = this.#backoff.delay(this.#now());
      if (delay === 0) return;
      await this.#waiters.sleep(signal, delay);
    }
  }

  enter(): boolean {
    return this.#backoff.enter(this.#now());
  }

  settle(outcome: LoginOutcome, error?: unknown): void {
    this.#backoff.settle(outcome, this.#now(), error);
    this.#waiters.notifyAll();
  }
}
