import type { LoginOutcome } from './contract';

const FIRST_DELAY_MS = 50;
const LAST_DELAY_MS = 1_000;

/**
 * Delays logins, or requests for credentials, after a failure: 50 ms, then twice as long with each failure, up to one second. One success
 * ends it.
 * Only one attempt runs at a time. If the server is silent, the next attempt begins one second after the previous one began, so
 * that a recovered server is noticed within a second.
 * Up to 20 % of each delay is subtracted at random, so that processes that failed together do not retry together.
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

  /** Logins that failed in a row. */
  get failures(): number {
    return this.#failures;
  }

  /** The error of the last login, if it failed. */
  get lastError(): unknown {
    return this.#lastError;
  }

  /** Milliseconds until an attempt may begin; 0 if one may begin now. An attempt that settles can shorten it. */
  delay(now: number): number {
    if (!this.failing) return 0;
    return Math.max(0, this.#nextAt - now);
  }

  /** Begins an attempt and returns `true` if one may begin now. */
  enter(now: number): boolean {
    if (this.delay(now) > 0) return false;
    if (this.failing) this.#nextAt = now + LAST_DELAY_MS;
    this.#beganAt = now;
    this.#underWay += 1;
    return true;
  }

  settle(outcome: LoginOutcome, now: number, error?: unknown): void {
    // The delay counts from the beginning of the attempt: a slow failure must not prolong a failover.
    const from = this.#underWay > 0 ? this.#beganAt : now;
    this.#underWay = Math.max(0, this.#underWay - 1);
    if (outcome === 'notNeeded') {
      // No login was made, so another one may begin.
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
