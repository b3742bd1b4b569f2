import type { Login } from './dialects/dialect';
import type { Outcome } from './limiter/contract';
import type { ConnectionConfig } from './types';

/** A login that the hook has prepared and Sequelize is about to make. */
export interface Attempt {
  readonly login: Login;
  /** After this instant, on the monotonic clock, it must not be used: its slot has been given up. */
  readonly expiresAt: number;
  readonly settle: (outcome: Outcome, error?: unknown) => void;
}

/**
 * Attempts on their way from the hook to the driver. Sequelize shares one config object between concurrent connections of a
 * host, so nothing can be kept on it; attempts of one config are equivalent and handed out first in, first out.
 */
export class Attempts {
  readonly #byConfig = new WeakMap<ConnectionConfig, Attempt[]>();
  readonly #now: () => number;

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  add(config: ConnectionConfig, attempt: Attempt): void {
    this.#live(config).push(attempt);
  }

  /** The next attempt for this config. */
  take(config: ConnectionConfig): Attempt | undefined {
    return this.#live(config).shift();
  }

  /** Without those that a failing hook left behind, which end with their lease. */
  #live(config: ConnectionConfig): Attempt[] {
    const queue = this.#byConfig.get(config) ?? [];
    this.#byConfig.set(config, queue);
    const firstLive = queue.findIndex((attempt) => attempt.expiresAt > this.#now());
    const ended = queue.splice(0, firstLive === -1 ? queue.length : firstLive);
    for (const attempt of ended) attempt.settle('unwanted');
    return queue;
  }
}
