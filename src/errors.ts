import { types } from 'node:util';
import { attempt, oneLine, ownCopy, propertyOf, shortened, textOf } from './untrusted';

/** What went wrong, for programs. docs/errors.md lists causes and fixes by code. */
export type IamAuthErrorCode =
  /** An option is unknown, of the wrong type, or contradicts another. */
  | 'ERR_IAM_AUTH_OPTIONS'
  /** This Sequelize, dialect or driver is not supported. */
  | 'ERR_IAM_AUTH_UNSUPPORTED'
  /** RDS accepts no token for this host name. */
  | 'ERR_IAM_AUTH_ENDPOINT'
  /** No Region is known: not from an option, the host name or the AWS SDK's configuration. Or an option contradicts the host name. */
  | 'ERR_IAM_AUTH_REGION'
  /** The credential provider failed, took too long, or returned expired credentials. */
  | 'ERR_IAM_AUTH_CREDENTIALS'
  /** Signing failed. */
  | 'ERR_IAM_AUTH_TOKEN'
  /** TLS is switched off or weakened, or the server's certificate is not trusted. */
  | 'ERR_IAM_AUTH_TLS'
  /** The server asked for an authentication method that IAM database authentication does not use. */
  | 'ERR_IAM_AUTH_METHOD'
  /** The connection could not be opened before the pool's acquire timeout at the allowed rate. */
  | 'ERR_IAM_AUTH_TIMEOUT'
  /** A `beforeConnect` hook that runs after this package's hook changed the connection or took too long. */
  | 'ERR_IAM_AUTH_HOOK_ORDER'
  /** The Sequelize instance was closed, or IAM authentication removed, while a connection was waiting. */
  | 'ERR_IAM_AUTH_CLOSED'
  /** No query needs this connection any more. No query receives this error. */
  | 'ERR_IAM_AUTH_NOT_NEEDED';

/** The details of an `IamAuthError`, each where it is known. */
export interface IamAuthErrorOptions extends ErrorOptions {
  fix?: string | undefined;
  endpoint?: string | undefined;
}

/**
 * The only error class of this package. Its message states the problem and, after a colon, the fix, in one line. It never contains a
 * token or a credential.
 *
 * @example
 * if (error instanceof IamAuthError && error.code === 'ERR_IAM_AUTH_CREDENTIALS') renewSession();
 */
export class IamAuthError extends Error {
  override readonly name = 'IamAuthError';
  readonly code: IamAuthErrorCode;
  /** What to do, where known: an imperative sentence without its period. The message ends with it. */
  declare readonly fix?: string;
  /** The connection's `user@hostname:port`, where known. */
  declare readonly endpoint?: string;

  constructor(code: IamAuthErrorCode, problem: string, options: IamAuthErrorOptions = {}) {
    const { fix, endpoint, cause } = ownCopy(options);
    const what = shortened(problem);
    super(
      oneLine(fix === undefined ? what : `${what}: ${fix}`),
      cause === undefined ? undefined : { cause },
    );
    this.code = code;
    if (fix !== undefined) this.fix = oneLine(fix);
    if (endpoint !== undefined) this.endpoint = oneLine(shortened(endpoint));
  }
}

/** Throws an `IamAuthError`. */
export function refuse(
  code: IamAuthErrorCode,
  problem: string,
  fix: string,
  details: Omit<IamAuthErrorOptions, 'fix'> = {},
): never {
  throw new IamAuthError(code, problem, { ...details, fix });
}

/** Throws `ERR_IAM_AUTH_OPTIONS`. */
export function refuseOption(problem: string, fix: string, cause?: unknown): never {
  refuse('ERR_IAM_AUTH_OPTIONS', problem, fix, { cause });
}

/** Whether a value is an error of any realm. A test runner's sandbox has its own `Error`, which Node's errors do not extend. */
export function isError(value: unknown): value is Error {
  return attempt(() => value instanceof Error || types.isNativeError(value)) === true;
}

/** The message of anything thrown. */
export function messageOf(error: unknown): string {
  return textOf(isError(error) ? propertyOf(error, 'message') : error);
}

/** Why a signal aborted, as an error. */
export function reasonOf(signal: AbortSignal): Error {
  const reason: unknown = signal.reason;
  return isError(reason) ? reason : new Error(messageOf(reason));
}

/** Whether a limiter rejected the connection because no query waits for it. Another copy of this package may have created the error. */
export function isNotNeeded(error: unknown): boolean {
  return isError(error) && propertyOf(error, 'code') === 'ERR_IAM_AUTH_NOT_NEEDED';
}

/** An error's message, without the fix that ends the messages of this package. */
export function problemOf(error: unknown): string {
  const message = messageOf(error);
  const fix = isError(error) ? propertyOf(error, 'fix') : undefined;
  return typeof fix === 'string' ? withoutFix(message, fix) : message;
}

/** A message of this package without its fix. */
export function withoutFix(message: string, fix: string): string {
  const end = `: ${fix}`;
  return message.endsWith(end) ? message.slice(0, -end.length) : message;
}
