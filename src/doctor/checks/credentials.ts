import { accountOfKey } from '../account-of-key';
import { failWith, fixFor, fail, pass, regionOf, warn, type Check, type Finding } from '../check';
import type { CredentialIdentity } from '../../token/credential-identity';
import { SET_CLOCK } from '../../explanations/known-error';
import { resolveEndpoint } from '../../login/resolve-endpoint';
import { askSts, MAX_SKEW_MS, type StsReply } from '../sts';
import type { StsAnswer } from '../sts-answer';

/** Warn if the credentials end before a new token would. */
const SHORT_MS = 900_000;

const REACH_STS = 'Check AWS_ENDPOINT_URL_STS, the proxy, and the VPC endpoint of AWS STS';
const ALLOW_STS =
  'Try again; if the error persists, allow sts:GetCallerIdentity, also in the policy of the VPC endpoint';
const CHECK_ROLE =
  'Find out why the metadata service has no new credentials: the role of the instance must exist and be attached';

/** The AWS SDK's names for the sources of credentials (`$source`), and ours. The first that matches counts. */
const SOURCES: Readonly<Record<string, string>> = {
  CREDENTIALS_STS_ASSUME_ROLE_WEB_ID: 'a web identity (EKS service account)',
  CREDENTIALS_STS_ASSUME_ROLE: 'a role that a profile assumes',
  CREDENTIALS_SSO: 'IAM Identity Center (SSO)',
  CREDENTIALS_SSO_LEGACY: 'IAM Identity Center (SSO)',
  CREDENTIALS_PROCESS: 'a credential_process',
  CREDENTIALS_HTTP: 'the container endpoint (ECS, EKS Pod Identity)',
  CREDENTIALS_IMDS: 'the instance metadata (EC2)',
  CREDENTIALS_ENV_VARS: 'environment variables',
  CREDENTIALS_PROFILE: 'keys in a profile',
  CREDENTIALS_CODE: 'the credentials option',
};

/** Reports the source, owner and lifetime of the credentials. Only STS or a login can confirm that they are valid. */
export const credentials: Check = {
  id: 'credentials',
  needs: ['config'],
  run: async (context) => {
    const { application, hosts } = context;
    let identity: CredentialIdentity;
    try {
      identity = await application.tokenProvider.getCredentials(new AbortController().signal);
    } catch (error) {
      return failWith(error);
    }
    const [host] = hosts;
    // The next check reports a Region that cannot be determined.
    const known =
      host && (await resolveEndpoint(host.driverConfig, application).catch(() => undefined));
    const region = regionOf(context) ?? known?.endpoint.region;
    if (region !== undefined) context.sts = askSts(region, identity);
    const reply = await context.sts?.catch(() => undefined);
    context.isIdentityKnown = reply?.answer.kind === 'identity';
    return rate(identity, reply);
  },
};

function rate(identity: CredentialIdentity, reply: StsReply | undefined): Finding {
  const answer = reply?.answer;
  const source = `From ${sourceOf(identity)}`;
  // AWS then rejects the signature because of the clock, which has a check of its own.
  const isClockWrong = Math.abs(reply?.skewMs ?? 0) >= MAX_SKEW_MS;
  if (answer?.kind === 'error' && answer.isAboutCredentials && !isClockWrong) {
    const { code, message } = answer;
    return fail(`${source}, but AWS rejects them: ${code}, ${message}`, fixFor(answer));
  }
  const leftMs =
    identity.expiration === undefined ? Infinity : identity.expiration.getTime() - Date.now();
  const summary = `${source}, ${ownerOf(identity, answer)}, ${lifetime(leftMs)}`;
  if (answer?.kind === 'not-sts') return warn(summary, REACH_STS);
  if (answer?.kind === 'error') return warn(summary, isClockWrong ? SET_CLOCK : ALLOW_STS);
  const endedAt = extendedFrom(identity);
  if (endedAt !== undefined) {
    return warn(
      `${summary}; they expired at ${endedAt.toISOString()}, but the AWS SDK still uses them`,
      CHECK_ROLE,
    );
  }
  if (leftMs >= SHORT_MS) return pass(summary);
  return warn(summary, 'Use a role or a profile whose credentials can be renewed');
}

/** When credentials expired that the AWS SDK extends because the metadata service has no new ones (static stability). */
function extendedFrom(identity: CredentialIdentity): Date | undefined {
  const end: unknown = Reflect.get(identity, 'originalExpiration');
  return end instanceof Date && end.getTime() < Date.now() ? end : undefined;
}

function sourceOf(identity: CredentialIdentity): string {
  const used = Object.keys(Object(Reflect.get(identity, '$source')) as object);
  const name = Object.keys(SOURCES).find((source) => used.includes(source));
  return (name === undefined ? undefined : SOURCES[name]) ?? 'the credentials option';
}

function ownerOf(identity: CredentialIdentity, answer: StsAnswer | undefined): string {
  if (answer?.kind === 'identity') return answer.arn;
  const account = identity.accountId ?? accountOfKey(identity.accessKeyId);
  const owner = account === undefined ? 'of an unknown account' : `of account ${account}`;
  return `${owner} (${reasonOf(answer)}, so it is not known whether they are valid)`;
}

function reasonOf(answer: Exclude<StsAnswer, { kind: 'identity' }> | undefined): string {
  if (answer === undefined) return 'AWS STS did not answer';
  return answer.kind === 'error'
    ? `AWS STS returned ${answer.code}`
    : `${answer.what} answered instead of AWS STS`;
}

function lifetime(leftMs: number): string {
  if (leftMs === Infinity) return 'without expiration';
  return `valid for ${Math.round(leftMs / 60_000)} min`;
}
