import { json, text, type HttpAnswer } from './http-exchange';
import { AwsError } from './signed-request';
import { stsError } from './sts-answers';

/** Misbehaviour to order from the credential services; each applies to requests that come from then on. */
export interface CredentialFaults {
  /** Answer with this status. */
  readonly status?: number;
  /** Wait this long before each answer. */
  readonly delayMs?: number;
  /** Accept requests and never answer; those who wait get their answers once this ends. */
  readonly hang?: boolean;
  /** Answer with a page of a proxy. */
  readonly garbage?: boolean;
  /** Answer with nothing. */
  readonly empty?: boolean;
  /** Hand out credentials that have expired a minute ago. */
  readonly expired?: boolean;
  /** Let AWS STS refuse everything with this error code. */
  readonly stsErrorCode?: string;
}

/** The answer in place of the true one; undefined when that is to be given. */
export function faultAnswer(
  { status, garbage, empty, stsErrorCode }: CredentialFaults,
  path: string,
): HttpAnswer | undefined {
  if (status !== undefined) return json(status, { message: 'emulated error' });
  if (garbage)
    return text(200, '<html><body>Welcome</body></html>', { 'content-type': 'text/html' });
  if (stsErrorCode !== undefined && path === '/')
    return stsError(new AwsError(403, stsErrorCode, 'emulated error'));
  return empty ? text(200, '') : undefined;
}
