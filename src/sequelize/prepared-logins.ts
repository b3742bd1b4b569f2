import { monotonicNow } from '../async/clocks';
import type { Login } from '../dialects/dialect';
import type { LoginOutcome } from '../limiter/contract';
import type { ConnectionConfig } from './instance';

/** A login that the hook has prepared and Sequelize is about to make. */
export interface PreparedLogin {
  readonly login: Login;
  /** After this instant, on the monotonic clock, it must not be used: its slot has been given up. */
  readonly expiresAt: number;
  readonly settle: (outcome: LoginOutcome, error?: unknown) => void;
}

/**
 * PreparedLogins on their way from the hook to the driver. Sequelize shares one config object between concurrent connections of a
 * host, so nothing can be kept on it; those of one config are equivalent and handed out first in, first out.
 */
export class PreparedLogins {
  readonly #byConfig = new WeakMap<ConnectionConfig, PreparedLogin[]>();
  readonly #now: () => number;

  constructor(now: () => number = monotonicNow) {
    this.#now = now;
  }

  add(config: ConnectionConfig, login: PreparedLogin): void {
    this.#live(config).push(login);
  }

  /** The next login for this config. */
  take(config: ConnectionConfig): PreparedLogin | undefined {
    return this.#live(config).shift();
  }

  /** Without those that a failing hook left behind, which end with their lease. */
  #live(config: ConnectionConfig): PreparedLogin[] {
    const queue = this.#byConfig.get(config) ?? [];
    this.#byConfig.set(config, queue);
    const firstLive = queue.findIndex((login) => login.expiresAt > this.#now());
    const ended = queue.splice(0, firstLive === -1 ? queue.length : firstLive);
    for (const login of ended) login.settle('notNeeded');
    return queue;
  }
}
