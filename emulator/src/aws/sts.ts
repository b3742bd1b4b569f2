import { DEFAULT_ACCOUNT } from '../iam/verify-token';
import type { KnownCredentials } from '../iam/access-keys';
import { digestOf, type CredentialRequest } from './credential-requests';
import { headerOf, type HttpAnswer, type HttpRequest } from './http-exchange';
import { parseRoleArn, type RoleSessions } from './role-sessions';
import { AwsError, verifySigner } from './signed-request';
import { callerIdentity, sessionAnswer, stsError, VERSION } from './sts-answers';

const ANYONE = `arn:aws:iam::${DEFAULT_ACCOUNT}:user/app`;
const DURATION_S = { min: 900, max: 43_200, default: 3600 };

/** What AWS STS needs of the run. */
export interface StsServices {
  readonly lookUp: (accessKeyId: string) => KnownCredentials | undefined;
  readonly sessions: RoleSessions | undefined;
  readonly now: number;
  readonly note: (asked: CredentialRequest) => void;
}

const invalid = (message: string) => new AwsError(400, 'ValidationError', message);

function assumeRole(
  action: string,
  parameters: URLSearchParams,
  { sessions, now }: StsServices,
  denied: (roleArn: string) => string,
): HttpAnswer {
  const roleArn = parameters.get('RoleArn') ?? '';
  const sessionName = parameters.get('RoleSessionName') ?? '';
  const seconds = Number(parameters.get('DurationSeconds') ?? DURATION_S.default);
  if (!parseRoleArn(roleArn)) throw invalid(`${roleArn} is invalid`);
  if (!/^[\w+=,.@-]{2,64}$/.test(sessionName))
    throw invalid('The value at roleSessionName must have 2 to 64 characters of [\\w+=,.@-]');
  if (!(seconds >= DURATION_S.min && seconds <= DURATION_S.max))
    throw invalid(`The value at durationSeconds must be ${DURATION_S.min} to ${DURATION_S.max}`);
  for (const name of parameters.keys())
    if (name === 'Policy' || name.startsWith('PolicyArns'))
      throw invalid(`The emulator does not imitate session policies: leave ${name} out`);
  if (!sessions || roleArn !== (sessions.options.arn ?? roleArn))
    throw new AwsError(403, 'AccessDenied', denied(roleArn));

  const expiresAt = now + Math.min(seconds * 1000, sessions.options.lifetimeMs);
  const credentials = sessions.start({ roleArn, sessionName, expiresAt });
  return sessionAnswer(action, { roleArn, sessionName }, credentials);
}

function webIdentityAnswer(parameters: URLSearchParams, services: StsServices): HttpAnswer {
  const token = parameters.get('WebIdentityToken') ?? '';
  services.note({
    action: 'AssumeRoleWithWebIdentity',
    ...roleOf(parameters),
    proof: digestOf(token),
  });
  if (token === '') throw invalid('The value at webIdentityToken must not be empty');
  const denied = () => 'Not authorized to perform sts:AssumeRoleWithWebIdentity';
  return assumeRole('AssumeRoleWithWebIdentity', parameters, services, denied);
}

function roleOf(parameters: URLSearchParams): { readonly role?: string } {
  const role = parameters.get('RoleArn') ?? '';
  return parseRoleArn(role) ? { role } : {};
}

function keyOf(request: HttpRequest): { readonly proof?: string } {
  const signed =
    headerOf(request, 'authorization') || new URLSearchParams(request.query).toString();
  const proof = /Credential=(\w{1,128})(?:\/|%2F)/.exec(signed)?.[1];
  return proof === undefined ? {} : { proof };
}

/** Answers as AWS STS does: GetCallerIdentity, AssumeRole and AssumeRoleWithWebIdentity, by POST and by GET. */
export function stsAnswer(request: HttpRequest, services: StsServices): HttpAnswer {
  try {
    return actionAnswer(request, services);
  } catch (error) {
    if (error instanceof AwsError) return stsError(error);
    throw error;
  }
}

function actionAnswer(request: HttpRequest, services: StsServices): HttpAnswer {
  const parameters = new URLSearchParams(request.method === 'POST' ? request.body : request.query);
  const action = parameters.get('Action') ?? '';
  if (action === 'AssumeRoleWithWebIdentity') return webIdentityAnswer(parameters, services);
  if (action !== 'GetCallerIdentity' && action !== 'AssumeRole')
    throw new AwsError(
      400,
      'InvalidAction',
      `Could not find operation ${action} for version ${VERSION}`,
    );

  services.note({ action, ...roleOf(parameters), ...keyOf(request) });
  const { known } = verifySigner(request, { service: 'sts', ...services });
  const caller = known.arn ?? ANYONE;
  if (action === 'GetCallerIdentity') return callerIdentity(caller);
  const denied = (roleArn: string) =>
    `User: ${caller} is not authorized to perform: sts:AssumeRole on resource: ${roleArn}`;
  return assumeRole(action, parameters, services, denied);
}
