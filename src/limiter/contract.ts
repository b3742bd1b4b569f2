/** Most logins in any second by default: AWS once documented 20 and 200 today; below 20 is right for every instance class. */
export const DEFAULT_LIMIT = 19;

export interface LimiterOptions {
  /** Most logins in any sliding second, shared by all `processes`. Default 19. */
  limit?: number | undefined;
  /** What the limit applies to. Default the signed endpoint, `hostname:port`; name one key for endpoints that share an instance. */
  key?: string | undefined;
  /** How many processes (worker threads included) share the limit; each takes an equal part. Default 1. */
  processes?: number | undefined;
}

/**
 * How a login ended.
 * `accepted`, `denied`: the server answered. `failed`: the connection broke, or the client gave up before it had sent the token.
 * `timeout`: the client gave up after that, so the server may still receive the token later.
 * `unwanted`: nothing was sent; the slot is returned as if it had never been taken.
 */
export type LoginOutcome = 'accepted' | 'denied' | 'failed' | 'timeout' | 'notNeeded';

/** Permission for one login. Hold it for the whole login, then settle it once; later calls do nothing. */
export interface LoginSlot {
  settle(outcome: LoginOutcome): void;
}

export interface LoginSlotRequest {
  /** What the limit applies to: the signed endpoint, `hostname:port`, unless the user names another key. */
  readonly key: string;
  /** After this time an unsettled slot counts as `timeout`, so that a lost one cannot lower the rate for ever. */
  readonly leaseMs: number;
  /** Asked right before the slot is granted, in a macrotask of its own; `false` rejects the request and costs no slot. */
  readonly isNeeded?: (() => boolean) | undefined;
  /** Ends the wait; the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** Grants slots so that no more than its limit of logins reach the server in any second. */
export interface ConnectionLimiter {
  /** Resolves when the login may begin. Rejects with `ERR_IAM_AUTH_NOT_NEEDED` or the signal's reason. */
  acquire(request: LoginSlotRequest): Promise<LoginSlot>;
}

/** Holds the logins of one user at one endpoint back while they fail. */
export interface LoginBackoff {
  /** Whether the last login failed. */
  readonly failing: boolean;
  /** The error of the last failed login, while failing. */
  readonly lastError: unknown;
  /** Resolves when an attempt may begin; several waiters may be told so at once, and `enter` then admits one. */
  ready(signal: AbortSignal): Promise<void>;
  /** Begins an attempt if one may begin now. */
  enter(): boolean;
  settle(outcome: LoginOutcome, error?: unknown): void;
}
