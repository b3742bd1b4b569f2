/** One login, as the server or the client saw it. */
export interface Login {
  /** Milliseconds of a monotonic clock. */
  readonly at: number;
  readonly outcome: LoginOutcome;
}

/** `throttled` is what only a server can tell from `denied`. */
export type LoginOutcome = 'accepted' | 'throttled' | 'denied' | 'failed';

const SECOND_MS = 1_000;

/** The logins within the second that ends at `at`, this instant included. */
export function withinSecond(logins: readonly Login[], at: number): Login[] {
  return logins.filter((login) => login.at <= at && at - login.at < SECOND_MS);
}

/** The most logins in any sliding second. */
export function peakPerSecond(logins: readonly Login[]): number {
  return Math.max(0, ...logins.map(({ at }) => withinSecond(logins, at).length));
}

/** How many logins ended in one of these ways. */
export function count(logins: readonly Login[], ...outcomes: readonly LoginOutcome[]): number {
  return logins.filter(({ outcome }) => outcomes.includes(outcome)).length;
}
