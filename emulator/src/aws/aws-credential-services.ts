import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { startLoopbackHttp } from './loopback-http';

/** Temporary credentials as they are handed out. */
export interface IssuedCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
}

/** One answered request: what was asked for, and the claims by which. */
interface CredentialRequest {
  readonly action:
    'AssumeRole' | 'AssumeRoleWithWebIdentity' | 'GetRoleCredentials' | 'InstanceMetadata';
  readonly role: string;
  /** The access key or the token that the request came with. */
  readonly proof: string;
}

/** Running stand-ins; `origin` goes into `AWS_ENDPOINT_URL_STS`, `AWS_ENDPOINT_URL_SSO` and `AWS_EC2_METADATA_SERVICE_ENDPOINT`. */
export interface AwsCredentialServices {
  readonly origin: string;
  readonly requests: () => readonly CredentialRequest[];
  readonly close: () => Promise<void>;
}

const HOUR_MS = 3_600_000;

const ROLES_OF_INSTANCE = '/latest/meta-data/iam/security-credentials/';

/** Hands these credentials out as AWS STS, the portal of IAM Identity Center (SSO) and the metadata service of EC2 do. */
export async function startAwsCredentialServices(
  credentials: IssuedCredentials,
): Promise<AwsCredentialServices> {
  const answered: CredentialRequest[] = [];
  const answer = async (request: IncomingMessage): Promise<string> => {
    const url = new URL(request.url ?? '/', 'http://loopback');
    if (url.pathname === '/latest/api/token') return 'an IMDSv2 token';
    if (url.pathname === ROLES_OF_INSTANCE) return 'app';
    if (url.pathname.startsWith(ROLES_OF_INSTANCE)) {
      answered.push(instanceRequest(request, url));
      return instanceAnswer(credentials);
    }
    if (url.pathname === '/federation/credentials') {
      answered.push(portalRequest(request, url));
      return portalAnswer(credentials);
    }
    const asked = stsRequest(request, await bodyOf(request));
    answered.push(asked);
    return stsAnswer(asked, credentials);
  };
  const { origin, close } = await startLoopbackHttp((request, response) => {
    answer(request).then(
      (text) => response.end(text),
      (error: unknown) => response.writeHead(400).end(String(error)),
    );
  });
  return { origin, requests: () => [...answered], close };
}

function instanceRequest({ headers }: IncomingMessage, { pathname }: URL): CredentialRequest {
  return {
    action: 'InstanceMetadata',
    role: pathname.slice(ROLES_OF_INSTANCE.length),
    proof: String(headers['x-aws-ec2-metadata-token']),
  };
}

function instanceAnswer(credentials: IssuedCredentials): string {
  return JSON.stringify({
    Code: 'Success',
    Type: 'AWS-HMAC',
    AccessKeyId: credentials.accessKeyId,
    SecretAccessKey: credentials.secretAccessKey,
    Token: credentials.sessionToken,
    Expiration: new Date(Date.now() + HOUR_MS).toISOString(),
  });
}

async function bodyOf(request: IncomingMessage): Promise<URLSearchParams> {
  let text = '';
  request.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  await once(request, 'end');
  return new URLSearchParams(text);
}

function portalRequest({ headers }: IncomingMessage, { searchParams }: URL): CredentialRequest {
  return {
    action: 'GetRoleCredentials',
    role: `${searchParams.get('account_id') ?? ''}/${searchParams.get('role_name') ?? ''}`,
    proof: String(headers['x-amz-sso_bearer_token']),
  };
}

function portalAnswer(credentials: IssuedCredentials): string {
  return JSON.stringify({ roleCredentials: { ...credentials, expiration: Date.now() + HOUR_MS } });
}

function stsRequest({ headers }: IncomingMessage, body: URLSearchParams): CredentialRequest {
  const action = body.get('Action');
  const role = body.get('RoleArn') ?? '';
  if (action === 'AssumeRole') {
    const key = /Credential=([^/]+)\//.exec(headers.authorization ?? '')?.[1];
    return { action, role, proof: key ?? 'unsigned' };
  }
  if (action === 'AssumeRoleWithWebIdentity')
    return { action, role, proof: body.get('WebIdentityToken') ?? 'none' };
  throw new Error(`No such action here: ${String(action)}`);
}

function stsAnswer({ action, role }: CredentialRequest, credentials: IssuedCredentials): string {
  const expiration = new Date(Date.now() + HOUR_MS).toISOString();
  return `<${action}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><${action}Result>
    <AssumedRoleUser><Arn>${role}</Arn><AssumedRoleId>AROAEXAMPLE:app</AssumedRoleId></AssumedRoleUser>
    <Credentials>
      <AccessKeyId>${credentials.accessKeyId}</AccessKeyId>
      <SecretAccessKey>${credentials.secretAccessKey}</SecretAccessKey>
      <SessionToken>${credentials.sessionToken}</SessionToken>
      <Expiration>${expiration}</Expiration>
    </Credentials>
  </${action}Result></${action}Response>`;
}
