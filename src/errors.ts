import { types } from 'node:util';

/** What went wrong, for programs. The README's errors table gives the meaning and the remedy of each. */
export type IamAuthErrorCode =
  /** An option is unknown, of the wrong type, or contradicts another. */
  | 'ERR_IAM_AUTH_OPTIONS'
  /** This Sequelize, dialect or driver is not supported. */
  | 'ERR_IAM_AUTH_UNSUPPORTED'
  /** The host name cannot be signed for. */
  | 'ERR_IAM_AUTH_ENDPOINT'
  /** The region can be told neither from an option, nor the host name, nor the AWS SDK's configuration. */
  | 'ERR_IAM_AUTH_REGION'
  /** The credential provider failed, took too long, or returned expired credentials. */
  | 'ERR_IAM_AUTH_CREDENTIALS'
  /** Signing failed. */
  | 'ERR_IAM_AUTH_TOKEN'
  /** TLS is switched off, weakened, or not established with the endpoint. */
  | 'ERR_IAM_AUTH_TLS'
  /** The server asked for another authentication method than IAM database authentication uses. */
  | 'ERR_IAM_AUTH_METHOD'
  /** The connection could not be opened before the pool's acquire timeout at the allowed rate. */
  | 'ERR_IAM_AUTH_TIMEOUT'
  /** A `beforeConnect` hook that runs after this package's changed the connection, or took too long. */
  | 'ERR_IAM_AUTH_HOOK_ORDER'
  /** The Sequelize instance was closed, or IAM authentication removed, while a connection was waiting. */
  | 'ERR_IAM_AUTH_CLOSED'
  /** No query needs this connection any more. Nobody receives it, except a hook that listens in on errors. */
  | 'ERR_IAM_AUTH_NOT_NEEDED';

export interface IamAuthErrorOptions extends ErrorOptions {
  fix?: string | undefined;
  endpoint?: string | undefined;
}

/**
 * The one error class of this package. Its message says what is wrong and, after a colon, what to do about it; it never holds a
 * token or a credential.
 */
export class IamAuthError extends Error {
  override readonly name = 'IamAuthError';
  readonly code: IamAuthErrorCode;
  /** What to do, where that can be told: an imperative sentence without its full stop. The message ends with it. */
  declare readonly fix?: string;
  /** `user@hostname:port` that the connection was for, where one was known. */
  declare readonly endpoint?: string;

  constructor(code: IamAuthErrorCode, problem: string, options: IamAuthErrorOptions = {}) {
    const { fix, endpoint, cause } = options;
    super(
      fix === undefined ? problem : `${problem}: ${fix}`,
      cause === undefined ? undefined : { cause },
    );
    this.code = code;
    if (fix !== undefined) this.fix = fix;
    if (endpoint !== undefined) this.endpoint = endpoint;
  }
}

/** Throws an `IamAuthError`. */
export function refuse(
  code: IamAuthErrorCode,
  problem: string,
  fix: string,
  cause?: unknown,
): never {
  throw new IamAuthError(code, problem, { fix, cause });
}

/** Throws `ERR_IAM_AUTH_OPTIONS`. */
export function refuseOption(problem: string, fix: string, cause?: unknown): never {
  refuse('ERR_IAM_AUTH_OPTIONS', problem, fix, cause);
}

/** Whether it is an error, of any realm: a test runner's sandbox has an `Error` of its own, and Node's own errors are not of it. */
export function isError(value: unknown): value is Error {
  return value instanceof Error || types.isNativeError(value);
}

/** The message of anything that was thrown. */
export function messageOf(error: unknown): string {
  return isError(error) ? error.message : String(error);
}

/** Why a signal aborted, as an error. */
export function reasonOf(signal: AbortSignal): Error {
  const reason: unknown = signal.reason;
  return isError(reason) ? reason : new Error(messageOf(reason));
}

/** Whether a limiter, of whichever copy of this package, found that nobody waits for the connection. */
export function isNotNeeded(error: unknown): boolean {
  return isError(error) && 'code' in error && error.code === 'ERR_IAM_AUTH_NOT_NEEDED';
}

/** What went wrong alone, without the remedy with which the message of this package's errors ends. */
export function problemOf(error: unknown): string {
  const message = messageOf(error);
  const fix: unknown = isError(error) && 'fix' in error ? error.fix : undefined;
  return typeof fix === 'string' ? withoutFix(message, fix) : message;
}

/** The problem in a message of this package's errors. */
export function withoutFix(message: string, fix: string): string {
  const end = `: ${fix}`;
  return message.endsWith(end) ? message.slice(0, -end.length) : message;
}
