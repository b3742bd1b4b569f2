import { accountOfKey } from '../account-of-key';
import { failWith, fixFor, fail, pass, regionOf, warn, type Check, type Finding } from '../check';
import type { CredentialIdentity } from '../../token/credential-cache';
import { resolveEndpoint } from '../../login/resolve-endpoint';
import { askSts, type StsReply } from '../sts';
import type { StsAnswer } from '../sts-answer';

/** A session that ends sooner than a token would. */
const SHORT_MS = 900_000;
/** Beyond this skew, AWS refuses signatures because of the clock, which is another check's to say. */
const MAX_SKEW_MS = 300_000;

const REACH_STS =
  'Check AWS_ENDPOINT_URL_STS, the proxy, and the VPC endpoint of STS, through which its answers must come';
const LET_ASK =
  'Try again; if it stays, let these credentials ask sts:GetCallerIdentity, also in the policy of the VPC endpoint';
const RENEW =
  'Find out why the metadata service hands out no new ones: the role of the instance must exist and be attached to it';
const SET_CLOCK = 'Set the clock of this machine first';

/** The AWS SDK's names of the places that credentials come from (`$source`), for people. The first that is there counts. */
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

/** Which credentials sign, whose they are, and for how long; that they are real is what only STS, or a login, can tell. */
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
    // A region that cannot be told is the next check's to report.
    const known =
      host && (await resolveEndpoint(host.driverConfig, application).catch(() => undefined));
    const region = regionOf(context) ?? known?.endpoint.region;
    if (region !== undefined) context.sts = askSts(region, identity);
    const reply = await context.sts?.catch(() => undefined);
    context.isIdentityKnown = reply?.answer.kind === 'identity';
    return judge(identity, reply);
  },
};

function judge(identity: CredentialIdentity, reply: StsReply | undefined): Finding {
  const answer = reply?.answer;
  const source = `From ${sourceOf(identity)}`;
  const isClockWrong = Math.abs(reply?.skewMs ?? 0) >= MAX_SKEW_MS;
  if (answer?.kind === 'refusal' && answer.refusesCredentials && !isClockWrong) {
    return fail(
      `${source}, but AWS refuses them: ${answer.code}, ${answer.message}`,
      fixFor(answer),
    );
  }
  const leftMs =
    identity.expiration === undefined ? Infinity : identity.expiration.getTime() - Date.now();
  const summary = `${source}, ${ownerOf(identity, answer)}, ${lifetime(leftMs)}`;
  if (answer?.kind === 'stranger') return warn(summary, REACH_STS);
  if (answer?.kind === 'refusal') return warn(summary, isClockWrong ? SET_CLOCK : LET_ASK);
  const endedAt = stretchedFrom(identity);
  if (endedAt !== undefined) {
    return warn(
      `${summary}; they expired at ${endedAt.toISOString()}, and the AWS SDK goes on with them`,
      RENEW,
    );
  }
  if (leftMs >= SHORT_MS) return pass(summary);
  return warn(summary, 'Let a role or a profile supply them, so that they can be renewed');
}

/** When credentials had expired to which the AWS SDK gives more time, because the metadata service has no others (static stability). */
function stretchedFrom(identity: CredentialIdentity): Date | undefined {
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
  return answer.kind === 'refusal'
    ? `AWS STS said ${answer.code}`
    : `${answer.what} answered in place of AWS STS`;
}

function lifetime(leftMs: number): string {
  if (leftMs === Infinity) return 'without an end';
  return `for another ${Math.round(leftMs / 60_000)} min`;
}
