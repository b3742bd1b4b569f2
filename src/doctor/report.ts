/** The checks, in the order in which they run. */
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

/** `warn`: it works, and something about it will not always; `skip`: it could not be told, and the summary says why. */
export type CheckStatus = 'pass' | 'warn' | 'fail' | 'skip';

/** One possible reason of a refusal that looks the same to every client. */
export interface PossibleCause {
  readonly id: string;
  readonly cause: string;
  readonly fix: string;
  /** The CloudWatch metric, or the line of the `iam-db-auth-error` log, that would evidence it. */
  readonly evidence: string;
}

export interface CheckResult {
  readonly id: CheckId;
  readonly status: CheckStatus;
  /** What was found, in one line. Never a token, a password or a secret. */
  readonly summary: string;
  /** What to do, in one sentence; there for `fail` and `warn`. */
  readonly fix?: string;
  /** The host that was checked, where there are several. */
  readonly host?: string;
  /** Of a refused login: the remaining reasons, the most likely first. */
  readonly possibleCauses?: readonly PossibleCause[];
}

export interface DoctorReport {
  /** No check failed. Warnings and skipped checks do not count. */
  readonly ok: boolean;
  readonly results: readonly CheckResult[];
  /** One sentence. */
  readonly verdict: string;
}
