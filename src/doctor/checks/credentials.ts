import { accountOfKey } from '../account-of-key';
import { failWith, fixFor, fail, pass, regionOf, warn, type Check, type Finding } from '../check';
import type { CredentialIdentity } from '../../credential-cache';
import { endpointOf } from '../../target';
import { askSts, type StsAnswer } from '../sts';

/** A session that ends sooner than a token would. */
const SHORT_MS = 900_000;
/** Beyond this skew, AWS refuses signatures because of the clock, which is another check's to say. */
const MAX_SKEW_MS = 300_000;

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
  run: async (examination) => {
    const { project, hosts } = examination;
    let identity: CredentialIdentity;
    try {
      identity = await project.tokenProvider.getCredentials(new AbortController().signal);
    } catch (error) {
      return failWith(error);
    }
    examination.credentials = identity;
    const [host] = hosts;
    // A region that cannot be told is the next check's to report.
    const known = host && (await endpointOf(host.driverConfig, project).catch(() => undefined));
    const region = regionOf(examination) ?? known?.endpoint.region;
    if (region !== undefined) examination.sts = askSts(region, identity);
    const answer = await examination.sts?.catch(() => undefined);
    examination.isIdentityKnown = answer?.identity !== undefined;
    return judge(identity, answer);
  },
};

function judge(identity: CredentialIdentity, answer: StsAnswer | undefined): Finding {
  const { refusal } = answer ?? {};
  const isClockRight = answer !== undefined && Math.abs(answer.skewMs) < MAX_SKEW_MS;
  if (refusal !== undefined && isClockRight && refusal.code !== 'AccessDenied') {
    return fail(
      `From ${sourceOf(identity)}, but AWS refuses them: ${refusal.code}, ${refusal.message}`,
      fixFor(refusal),
    );
  }
  const leftMs =
    identity.expiration === undefined ? Infinity : identity.expiration.getTime() - Date.now();
  const summary = `From ${sourceOf(identity)}, ${ownerOf(identity, answer)}, ${lifetime(leftMs)}`;
  if (leftMs >= SHORT_MS) return pass(summary);
  return warn(summary, 'Let a role or a profile supply them, so that they can be renewed');
}

function sourceOf(identity: CredentialIdentity): string {
  const used = Object.keys(Object(Reflect.get(identity, '$source')) as object);
  const name = Object.keys(SOURCES).find((source) => used.includes(source));
  return (name === undefined ? undefined : SOURCES[name]) ?? 'the credentials option';
}

function ownerOf(identity: CredentialIdentity, answer: StsAnswer | undefined): string {
  if (answer?.identity !== undefined) return answer.identity.arn;
  const account = identity.accountId ?? accountOfKey(identity.accessKeyId);
  const owner = account === undefined ? 'of an unknown account' : `of account ${account}`;
  const reason = answer?.refusal === undefined ? 'did not answer' : `said ${answer.refusal.code}`;
  return `${owner} (AWS STS ${reason}, so it is not known whether they are valid)`;
}

function lifetime(leftMs: number): string {
  if (leftMs === Infinity) return 'without an end';
  return `for another ${Math.round(leftMs / 60_000)} min`;
}
