import { monotonicNow } from '../async/clocks';
import type { Login } from '../dialects/dialect';
import type { LoginOutcome } from '../limiter/contract';
import type { ConnectionConfig } from './instance';

/** A login that the hook has prepared for Sequelize's next `connect`. */
export interface PreparedLogin {
  readonly login: Login;
  /** The end of its slot's lease, on the monotonic clock. It must not be used later. */
  readonly expiresAt: number;
  readonly settle: (outcome: LoginOutcome, error?: unknown) => void;
}

/**
 * Passes logins from the hook to the driver. Sequelize shares one config object between concurrent connections to a host, so the config
 * cannot hold the login. The logins of one config are equivalent and are taken first in, first out.
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

  /** Takes the next login for this config. */
  take(config: ConnectionConfig): PreparedLogin | undefined {
    return this.#live(config).shift();
  }

  /** The queue without logins whose lease has ended, which a failing hook left behind. */
  #live(config: ConnectionConfig): PreparedLogin[] {
    const queue = this.#byConfig.get(config) ?? [];
    this.#byConfig.set(config, queue);
    const firstLive = queue.findIndex((login) => login.expiresAt > this.#now());
    const ended = queue.splice(0, firstLive === -1 ? queue.length : firstLive);
    for (const login of ended) login.settle('notNeeded');
    return queue;
  }
}
