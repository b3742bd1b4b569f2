import { digestOf, type CredentialRequest } from './credential-requests';
import { headerOf, json, type HttpAnswer, type HttpRequest } from './http-exchange';
import type { SessionCredentials, SessionRequest } from './role-sessions';

const error = (status: number, type: string, message: string): HttpAnswer => ({
  ...json(status, { message, __type: type }),
  headers: { 'content-type': 'application/json', 'x-amzn-errortype': type },
});

/** The portal of IAM Identity Center: GetRoleCredentials, for whoever has logged in there. */
export function portalAnswer(
  request: HttpRequest,
  start: ((request: Omit<SessionRequest, 'expiresAt'>) => SessionCredentials) | undefined,
  note: (asked: CredentialRequest) => void,
): HttpAnswer {
  const token = headerOf(request, 'x-amz-sso_bearer_token');
  const parameters = new URLSearchParams(request.query);
  const account = parameters.get('account_id') ?? '';
  const role = parameters.get('role_name') ?? '';
  const isRole = /^\d{12}$/.test(account) && /^[\w+=,.@-]{1,64}$/.test(role);
  note({
    action: 'GetRoleCredentials',
    ...(isRole && { role: `${account}/${role}` }),
    proof: digestOf(token),
  });
  if (token === '')
    return error(401, 'UnauthorizedException', 'Session token not found or invalid');
  if (!isRole) return error(400, 'InvalidRequestException', 'account_id or role_name is not valid');
  if (!start) return error(403, 'ForbiddenException', 'No access');
  const roleArn = `arn:aws:iam::${account}:role/aws-reserved/sso.amazonaws.com/${role}`;
  const { expiresAt, ...credentials } = start({ roleArn, sessionName: 'app' });
  return json(200, { roleCredentials: { ...credentials, expiration: expiresAt } });
}
