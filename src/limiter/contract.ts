/**
 * Default for the most logins in any second.
 * AWS recommends fewer than 200 new connections per second (UserGuide/UsingWithRDS.IAMDBAuth.html), and once recommended fewer
 * than 20. A limit below 20 is right for every instance class.
 */
export const DEFAULT_LIMIT = 19;

/** The limiter of one process, for the `limiter` option. */
export interface LimiterOptions {
  /**
   * Most logins in any second, from all `processes` together. May be a fraction.
   * @default 19
   */
  limit?: number | undefined;
  /**
   * What the limit applies to. Use one key for endpoints that belong to the same instance.
   * @default the signed endpoint, `hostname:port`
   * @example 'orders-database'
   */
  key?: string | undefined;
  /**
   * How many processes (worker threads included) share the limit. Each takes an equal part of it.
   * @default 1
   */
  processes?: number | undefined;
}

/**
 * How a login ended.
 * - `accepted`, `denied`: the server answered.
 * - `failed`: the connection broke, or the client gave up before it sent the token.
 * - `timeout`: the client gave up after it sent the token, so the server may still count the login.
 * - `notNeeded`: nothing was sent. The slot is returned as if it had never been taken.
 */
export type LoginOutcome = 'accepted' | 'denied' | 'failed' | 'timeout' | 'notNeeded';

/** Permission for one login. Hold it for the whole login. */
export interface LoginSlot {
  /** Returns the slot. Call it once, when the login has ended; later calls do nothing. */
  settle(outcome: LoginOutcome): void;
}

/** What the package asks a limiter for. */
export interface LoginSlotRequest {
  /** What the limit applies to: the signed endpoint, `hostname:port`, unless `LimiterOptions.key` names another key. */
  readonly key: string;
  /** Milliseconds after which an unsettled slot counts as a `timeout`, so that a lost slot does not lower the rate forever. */
  readonly leaseMs: number;
  /** The limiter calls it right before it grants the slot, in a macrotask of its own. `false` rejects the request and costs no slot. */
  readonly isNeeded?: (() => boolean) | undefined;
  /** Ends the wait. The promise rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** Grants slots so that at most a fixed number of logins reach the server in any second. Implement it to bring your own limiter. */
export interface ConnectionLimiter {
  /**
   * Resolves when the login may begin.
   * @throws an error with the code `ERR_IAM_AUTH_NOT_NEEDED` if the connection is no longer needed, or the signal's reason
   */
  acquire(request: LoginSlotRequest): Promise<LoginSlot>;
  /** How many slots of `LoginSlotRequest.key` are free now, for `stats`; `undefined` if that is unknown. May be left out. */
  slotsFree?(key: string): number | undefined;
}

/** Delays the logins of one user at one endpoint while they fail. */
export interface LoginBackoff {
  /** Whether the last login failed. */
  readonly failing: boolean;
  /** The error of the last login, if it failed. */
  readonly lastError: unknown;
  /** Resolves when an attempt may begin. It may resolve for several waiters at once; `enter` then admits one of them. */
  ready(signal: AbortSignal): Promise<void>;
  /** Begins an attempt and returns `true` if one may begin now. */
  enter(): boolean;
  settle(outcome: LoginOutcome, error?: unknown): void;
  /** What it does now. Missing if an older copy of this package created the object. */
  readonly state?: BackoffState;
}

/** Logins that failed in a row, and the milliseconds until the next one may begin. */
export interface BackoffState {
  readonly failures: number;
  readonly delayMs: number;
}
