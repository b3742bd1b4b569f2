import { randomUUID } from 'node:crypto';
import { isSameSecret } from '../iam/sigv4';
import { digestOf, type CredentialRequest } from './credential-requests';
import { headerOf, json, type HttpAnswer, type HttpRequest } from './http-exchange';
import type { SessionCredentials } from './role-sessions';

/** The document in which containers and instances get their credentials. */
export const credentialsDocument = (session: SessionCredentials) => ({
  AccessKeyId: session.accessKeyId,
  SecretAccessKey: session.secretAccessKey,
  Token: session.sessionToken,
  Expiration: new Date(session.expiresAt).toISOString(),
});

/**
 * The endpoints from which containers get their credentials: that of EKS Pod Identity asks for an authorization token; that of
 * ECS has a path that only the container knows.
 */
export class ContainerCredentials {
  readonly authorizationToken = randomUUID();
  readonly podPath = '/v1/credentials';
  readonly taskPath = `/v2/credentials/${randomUUID()}`;

  answer(
    request: HttpRequest,
    session: (() => SessionCredentials) | undefined,
    note: (asked: CredentialRequest) => void,
  ): HttpAnswer {
    const token = headerOf(request, 'authorization');
    note({ action: 'ContainerCredentials', ...(token !== '' && { proof: digestOf(token) }) });
    const isPod = request.path === this.podPath;
    if (!session || (!isPod && !isSameSecret(request.path, this.taskPath)))
      return json(404, { code: 'NotFound', message: 'Credentials not found' });
    if (request.method !== 'GET')
      return json(405, { code: 'MethodNotAllowed', message: 'Only GET is allowed' });
    if (isPod && !isSameSecret(token, this.authorizationToken))
      return json(401, { code: 'Unauthorized', message: 'The authorization token is not valid' });
    return json(200, credentialsDocument(session()));
  }
}
