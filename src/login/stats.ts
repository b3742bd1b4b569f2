import { monotonicNow } from '../async/clocks';
import { isNotNeeded } from '../errors';
import type { BackoffState, LoginOutcome } from '../limiter/contract';
import type { ObservedEndpoint } from '../observe/channels';
import type { CredentialsState } from '../token/credential-cache';

/**
 * One instance's connections, as they are now. `accepted`, `denied`, `failed` and `notNeeded` count since IAM authentication was added.
 */
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
  /** Logins that began within the last second. */
  readonly loginsInLastSecond: number;
  /** The endpoints that connections were opened to, in that order. */
  readonly endpoints: readonly EndpointStats[];
  /** The credentials held. Missing before the first connection. */
  readonly credentials?: CredentialsState | undefined;
}

/** One endpoint of an instance. All instances of the JavaScript thread share its slots, and those of one user its backoff. */
export interface EndpointStats extends ObservedEndpoint {
  /** Slots that are free now. Missing without a limit, with Redis, and with a limiter that does not know. */
  readonly slotsFree?: number | undefined;
  /** Logins that failed in a row, and the time until the next one may begin. */
  readonly backoff?: BackoffState | undefined;
}

/** Counts the connections of one Sequelize instance. */
export class Stats {
  readonly #counts = { waiting: 0, connecting: 0, accepted: 0, denied: 0, failed: 0, notNeeded: 0 };
  readonly #endpoints = new Map<string, () => EndpointStats>();
  readonly #now: () => number;
  /** When the logins of the last second began. */
  readonly #begunAt: number[] = [];

  constructor(now: () => number = monotonicNow) {
    this.#now = now;
  }

  read(credentials?: CredentialsState): IamAuthStats {
    this.#forgetOldLogins();
    return {
      ...this.#counts,
      loginsInLastSecond: this.#begunAt.length,
      endpoints: [...this.#endpoints.values()].map((read) => read()),
      credentials,
    };
  }

  /** Adds what `read` returns to the endpoints, once for each user. */
  addEndpoint(loginKey: string, read: () => EndpointStats): void {
    this.#endpoints.set(loginKey, read);
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
    this.#forgetOldLogins();
    this.#begunAt.push(this.#now());
    return (outcome) => {
      this.#counts.connecting -= 1;
      this.#counts[outcome === 'timeout' ? 'failed' : outcome] += 1;
    };
  }

  #forgetOldLogins(): void {
    const since = this.#now() - 1_000;
    const firstRecent = this.#begunAt.findIndex((begunAt) => begunAt > since);
    this.#begunAt.splice(0, firstRecent === -1 ? this.#begunAt.length : firstRecent);
  }
}
