import { describeEndpoint, type Endpoint } from '../endpoint/endpoint';
import { IamAuthError, type IamAuthErrorCode } from '../errors';

/** The server asks for an authentication method other than the one for tokens. */
export function wrongMethod(
  endpoint: Endpoint,
  [method, expected]: readonly [string, string],
  fix: string,
): IamAuthError {
  const reason = `the server asks for ${method}, not for ${expected}`;
  return noToken('ERR_IAM_AUTH_METHOD', endpoint, reason, fix);
}

/** The driver has not verified the server. Supported drivers verify every server. */
export function unverified(endpoint: Endpoint, reason: string): IamAuthError {
  return noToken(
    'ERR_IAM_AUTH_TLS',
    endpoint,
    reason,
    'connect to the RDS endpoint itself or through a tunnel that passes TLS through, with a supported version of the driver',
  );
}

function noToken(
  code: IamAuthErrorCode,
  endpoint: Endpoint,
  reason: string,
  fix: string,
): IamAuthError {
  const target = describeEndpoint(endpoint);
  const problem = `No token was sent to ${target}: ${reason}`;
  return new IamAuthError(code, problem, { fix, endpoint: target });
}
