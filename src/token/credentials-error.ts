import { IamAuthError, messageOf, type IamAuthErrorOptions } from '../errors';
import { credentialsFix } from '../explanations/explain-error';

const RENEW =
  'renew them (aws sso login, a new role session), or let a role or profile supply them instead of fixed ones';

const RETURN =
  'return { accessKeyId, secretAccessKey, sessionToken, expiration }, where expiration is a Date and the last two may be missing';

/** What a provider returned has expired. */
export class ExpiredError extends Error {}

/** What a provider returned is no credentials. */
export class MalformedError extends Error {}

/** The error for what a provider threw or returned. */
export function providerError(cause: unknown): IamAuthError {
  const fix = fixFor(cause);
  const reason = fix === undefined ? messageOf(cause) : messageOf(cause).replace(/\.$/, '');
  return credentialsError(reason, { fix, cause });
}

function fixFor(cause: unknown): string | undefined {
  if (cause instanceof ExpiredError) return RENEW;
  return cause instanceof MalformedError ? RETURN : credentialsFix(cause);
}

/** `ERR_IAM_AUTH_CREDENTIALS` for a reason. */
export function credentialsError(reason: string, options: IamAuthErrorOptions): IamAuthError {
  return new IamAuthError(
    'ERR_IAM_AUTH_CREDENTIALS',
    `No AWS credentials to sign with: ${reason}`,
    options,
  );
}
