/** The checks, in their order. */
export type CheckId =
  | 'config'
  | 'credentials'
  | 'region'
  | 'endpoint'
  | 'dns'
  | 'tcp'
  | 'tls'
  | 'auth-method'
  | 'clock'
  | 'login'
  | 'pool';

/**
 * - `pass`: it works.
 * - `warn`: it works now, but may not always.
 * - `fail`: it does not work.
 * - `skip`: it could not be determined. The summary gives the reason.
 */
export type CheckStatus = 'pass' | 'warn' | 'fail' | 'skip';

/** One possible cause of a denied login. The server gives no reason to the client. */
export interface PossibleCause {
  readonly id: string;
  readonly cause: string;
  readonly fix: string;
  /** The line of the `iam-db-auth-error` log, the CloudWatch metric or the query that would confirm the cause. */
  readonly evidence: string;
}

/** The result of one check. */
export interface CheckResult {
  readonly id: CheckId;
  readonly status: CheckStatus;
  /** What the check found, in one line. Never holds a token, password or secret. */
  readonly summary: string;
  /** What to do, in one sentence. Present for `fail` and `warn`. */
  readonly fix?: string;
  /** The checked host, `hostname:port`, if the configuration has several. */
  readonly host?: string;
  /** The possible causes of a denied login, the most likely first. */
  readonly possibleCauses?: readonly PossibleCause[];
}

/** What `runDoctor` found. */
export interface DoctorReport {
  /** Whether no check failed. Warnings and skipped checks do not count. */
  readonly ok: boolean;
  readonly results: readonly CheckResult[];
  /** The outcome, in one sentence. */
  readonly verdict: string;
}
