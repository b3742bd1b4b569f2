import { isNotNeeded } from '../errors';
import type { LoginOutcome } from '../limiter/contract';

/** One instance's connections. `waiting` and `connecting` are current; the others count since IAM authentication was added. */
export interface IamAuthStats {
  /** Connections that are waiting for credentials or a slot. */
  readonly waiting: number;
  /** Logins in progress. */
  readonly connecting: number;
  /** Logins that succeeded. */
  readonly accepted: number;
  /** Logins that the server refused. */
  readonly denied: number;
  /** Logins that broke off or timed out. */
  readonly failed: number;
  /** Connections that were not opened because no query needed them any more. */
  readonly notNeeded: number;
}

/** Counts the connections of one Sequelize instance. */
export class Stats {
  readonly #counts = { waiting: 0, connecting: 0, accepted: 0, denied: 0, failed: 0, notNeeded: 0 };

  read(): IamAuthStats {
    return { ...this.#counts };
  }

  async whileWaiting<T>(wait: () => Promise<T>): Promise<T> {
    this.#counts.waiting += 1;
    try {
      return await wait();
    } catch (error) {
      if (isNotNeeded(error)) this.#counts.notNeeded += 1;
      throw error;
    } finally {
      this.#counts.waiting -= 1;
    }
  }

  /** Counts a login as in progress until the returned function reports its outcome. */
  connecting(): (outcome: LoginOutcome) => void {
    this.#counts.connecting += 1;
    return (outcome) => {
      this.#counts.connecting -= 1;
      this.#counts[outcome === 'timeout' ? 'failed' : outcome] += 1;
    };
  }
}
