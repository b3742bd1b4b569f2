import { Sleepers } from '../sleepers';
import { BackOff } from './back-off';
import type { LoginGate, Outcome } from './contract';

/** The gate of one thread: `BackOff` with those that wait for it. */
export class Gate implements LoginGate {
  readonly #backOff: BackOff;
  readonly #now: () => number;
  readonly #sleepers = new Sleepers();

  constructor(now: () => number, backOff: BackOff = new BackOff()) {
    this.#now = now;
    this.#backOff = backOff;
  }

  get failing(): boolean {
    return this.#backOff.failing;
  }

  get lastError(): unknown {
    return this.#backOff.lastError;
  }

  async ready(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    for (;;) {
      const delay = this.#backOff.delay(this.#now());
      if (delay === 0) return;
      await this.#sleepers.sleep(signal, delay);
    }
  }

  enter(): boolean {
    return this.#backOff.enter(this.#now());
  }

  settle(outcome: Outcome, error?: unknown): void {
    this.#backOff.settle(outcome, this.#now(), error);
    this.#sleepers.wakeAll();
  }
}
