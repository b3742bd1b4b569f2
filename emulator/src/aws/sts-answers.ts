import { randomUUID } from 'node:crypto';
import { accountOf } from '../iam/policy';
import { sha256 } from '../iam/sigv4';
import type { HttpAnswer } from './http-exchange';
import { assumedRoleArn, type SessionCredentials } from './role-sessions';
import type { AwsError } from './signed-request';

/** The version of the API of AWS STS. */
export const VERSION = '2011-06-15';

const escape = (text: string) => text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);

const xml = (status: number, body: string): HttpAnswer => ({
  status,
  body,
  headers: { 'content-type': 'text/xml' },
});

const elements = (values: Readonly<Record<string, string>>) =>
  Object.entries(values)
    .map(([name, value]) => `<${name}>${escape(value)}</${name}>`)
    .join('');

/** What AWS STS answers to a request that it refuses. */
export const stsError = ({ status, code, message }: AwsError): HttpAnswer =>
  xml(
    status,
    `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/${VERSION}/"><Error><Type>Sender</Type>` +
      `${elements({ Code: code, Message: message })}</Error>${elements({ RequestId: randomUUID() })}</ErrorResponse>`,
  );

const success = (action: string, result: string): HttpAnswer =>
  xml(
    200,
    `<${action}Response xmlns="https://sts.amazonaws.com/doc/${VERSION}/"><${action}Result>${result}</${action}Result>` +
      `<ResponseMetadata>${elements({ RequestId: randomUUID() })}</ResponseMetadata></${action}Response>`,
  );

/** The unique id of an identity: stable, and in the shape of AWS’s. */
function idOf(arn: string): string {
  const [, role, session] = /:assumed-role\/([^/]+)\/(.+)$/.exec(arn) ?? [];
  const unique = (prefix: string, name: string) =>
    `${prefix}${sha256(name).slice(0, 17).toUpperCase()}`;
  return role && session ? `${unique('AROA', role)}:${session}` : unique('AIDA', arn);
}

/** What GetCallerIdentity answers. */
export function callerIdentity(arn: string): HttpAnswer {
  const identity = { Arn: arn, UserId: idOf(arn), Account: accountOf(arn) ?? '' };
  return success('GetCallerIdentity', elements(identity));
}

/** What AssumeRole and AssumeRoleWithWebIdentity answer. */
export function sessionAnswer(
  action: string,
  { roleArn, sessionName }: { readonly roleArn: string; readonly sessionName: string },
  credentials: SessionCredentials,
): HttpAnswer {
  const arn = assumedRoleArn({ roleArn, sessionName });
  const { accessKeyId, secretAccessKey, sessionToken, expiresAt } = credentials;
  return success(
    action,
    `<AssumedRoleUser>${elements({ AssumedRoleId: idOf(arn), Arn: arn })}</AssumedRoleUser>` +
      `<Credentials>${elements({
        AccessKeyId: accessKeyId,
        SecretAccessKey: secretAccessKey,
        SessionToken: sessionToken,
        Expiration: new Date(expiresAt).toISOString(),
      })}</Credentials>`,
  );
}
