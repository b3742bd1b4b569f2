import { describeEndpoint } from '../endpoint/endpoint';
import { IamAuthError, type IamAuthErrorCode } from '../errors';
import type { Endpoint } from '../endpoint/endpoint';

/** A login that is refused before its token is sent. */
export function noToken(
  code: IamAuthErrorCode,
  endpoint: Endpoint,
  reason: string,
  fix: string,
): IamAuthError {
  const target = describeEndpoint(endpoint);
  const problem = `No token was sent to ${target}: ${reason}`;
  return new IamAuthError(code, problem, { fix, endpoint: target });
}

/** One whose server the driver has not verified, which no driver that is supported lets happen with a server of RDS. */
export function unverified(endpoint: Endpoint, reason: string): IamAuthError {
  return noToken(
    'ERR_IAM_AUTH_TLS',
    endpoint,
    reason,
    'connect to the RDS endpoint itself, or through a tunnel that passes TLS on, with a version of the driver that the README lists',
  );
}
