import type { LoginOutcome } from './contract';

const FIRST_DELAY_MS = 50;
const LAST_DELAY_MS = 1_000;

/**
 * Slows down after failures: one attempt at a time, 50 ms after the first failure and doubling to one a second; where the server is
 * silent, the next one begins a second after the last, so that a server that is back is noticed within a second.
 * One accepted login ends it. The delay varies by a fifth so that processes that failed together do not come back together.
 */
export class Backoff {
  readonly #random: () => number;
  #failures = 0;
  #nextAt = -Infinity;
  #beganAt = -Infinity;
  #underWay = 0;
  #lastError: unknown;

  constructor(random: () => number = Math.random) {
    this.#random = random;
  }

  /** Whether the last login failed. */
  get failing(): boolean {
    return this.#failures > 0;
  }

  /** The error of the last failed login, while failing. */
  get lastError(): unknown {
    return this.#lastError;
  }

  /** For how many milliseconds no attempt may begin; 0 when one may. Ends early when an attempt settles. */
  delay(now: number): number {
    if (!this.failing) return 0;
    return Math.max(0, this.#nextAt - now);
  }

  /** Begins an attempt if one may begin now. */
  enter(now: number): boolean {
    if (this.delay(now) > 0) return false;
    if (this.failing) this.#nextAt = now + LAST_DELAY_MS;
    this.#beganAt = now;
    this.#underWay += 1;
    return true;
  }

  settle(outcome: LoginOutcome, now: number, error?: unknown): void {
    // From the attempt's beginning: what it took must not prolong a failover.
    const from = this.#underWay > 0 ? this.#beganAt : now;
    this.#underWay = Math.max(0, this.#underWay - 1);
    if (outcome === 'notNeeded') {
      // It was not made, so another one may be.
      this.#nextAt = now;
      return;
    }
    if (outcome === 'accepted') {
      this.#failures = 0;
      this.#lastError = undefined;
      return;
    }
    const delay = Math.min(LAST_DELAY_MS, FIRST_DELAY_MS * 2 ** this.#failures);
    this.#failures += 1;
    this.#lastError = error;
    this.#nextAt = from + delay * (0.8 + 0.2 * this.#random());
  }
}
