import { describeRefusal, type LoggedRefusal } from '../../../src/iam/refusal';

const ARN = 'arn:aws:sts::123456789012:assumed-role/app/session';
const INVALID =
  '[ERROR] Failed to authenticate the connection request for user jane_doe because the provided token is malformed or otherwise invalid. (Status Code: 400, Error Code: InvalidToken)';
const EXPIRED =
  '[ERROR] Failed to authenticate the connection request for user jane_doe because the token age is longer than 15 minutes. (Status Code: 400, Error Code:ExpiredToken)';
const NOT_AUTHORIZED = `[ERROR] Failed to authorize the connection request for user jane_doe because the IAM policy assumed by the caller '${ARN}' is not authorized to perform rds-db:connect on the DB instance. (Status Code: 403, Error Code:NotAuthorized)`;
const THROTTLED =
  '[ERROR] Failed to authorize the connection request for user jane_doe due to IAM DB authentication throttling. (Status Code: 429, Error Code: ThrottlingException)';
const INTERNAL =
  '[ERROR] Failed to authorize the connection request for user jane_doe due to an internal IAM DB authentication error. (Status Code: 500, Error Code: InternalError)';

const details = { username: 'jane_doe', caller: ARN, expected: 'right', found: 'wrong' };

it.each<{ reason: LoggedRefusal; line: string; cause: RegExp }>([
  { reason: 'malformed', line: INVALID, cause: /^It is no token of RDS/ },
  { reason: 'service', line: INVALID, cause: /^It is signed for the service wrong, not right$/ },
  { reason: 'region', line: INVALID, cause: /^It is signed for the Region wrong, not right$/ },
  { reason: 'host', line: INVALID, cause: /^It is signed for the host wrong, not right$/ },
  { reason: 'port', line: INVALID, cause: /^It is signed for the port wrong, not right$/ },
  { reason: 'user', line: INVALID, cause: /^It is signed for the user wrong, not right$/ },
  { reason: 'not-yet-valid', line: INVALID, cause: /5 minutes in the future/ },
  { reason: 'expired', line: EXPIRED, cause: /^It has expired$/ },
  { reason: 'unknown-key', line: INVALID, cause: /^No one has the access key arn:aws:sts/ },
  { reason: 'session-token', line: INVALID, cause: /^Its session token is not that of arn:aws/ },
  { reason: 'signature', line: INVALID, cause: /^Its signature is not that of arn:aws:sts/ },
  { reason: 'credentials-expired', line: INVALID, cause: /expired credentials, of arn:aws:sts/ },
  { reason: 'not-authorized', line: NOT_AUTHORIZED, cause: /allows rds-db:connect on right/ },
  {
    reason: 'wrong-account',
    line: NOT_AUTHORIZED,
    cause: /in another account only, not on right$/,
  },
  { reason: 'throttled', line: THROTTLED, cause: /more logins in a second than the limit/ },
  { reason: 'internal-error', line: INTERNAL, cause: /told to fail/ },
])('$reason is told in AWS’s words and in ours', ({ reason, line, cause }) => {
  const description = describeRefusal(reason, details);
  expect(description.line).toBe(line);
  expect(description.cause).toMatch(cause);
});

it('stays one line, of a bounded length, whatever a client sends', () => {
  const found = `a\n[ERROR]\r\u0085\u2028${'x'.repeat(10_000)}`;
  const { line, cause } = describeRefusal('user', { username: found, expected: 'b', found });
  expect(cause).toBe(`It is signed for the user a?[ERROR]???${'x'.repeat(243)}…, not b`);
  expect(line).not.toMatch(/[\n\r\u0085\u2028]/);
  expect(line.length).toBeLessThan(500);
});
