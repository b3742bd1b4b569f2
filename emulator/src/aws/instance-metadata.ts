import { createHmac, randomBytes } from 'node:crypto';
import { isSameSecret } from '../iam/sigv4';
import { credentialsDocument } from './container-credentials';
import { digestOf, type CredentialRequest } from './credential-requests';
import { headerOf, json, text, type HttpAnswer, type HttpRequest } from './http-exchange';
import type { SessionCredentials } from './role-sessions';

const TOKEN_PATH = '/latest/api/token';
const ROLES_PATH = '/latest/meta-data/iam/security-credentials/';
const TTL_HEADER = 'x-aws-ec2-metadata-token-ttl-seconds';
const MAX_TTL_S = 21_600;

/** The instance metadata service of EC2, version 2: nothing without a token, which ends with its time to live. */
export class InstanceMetadata {
  readonly #clock: () => number;
  // Tokens carry their end and its proof, so that no number of them takes memory.
  readonly #key = randomBytes(32);

  constructor(clock: () => number) {
    this.#clock = clock;
  }

  answer(
    request: HttpRequest,
    role: { readonly name: string; readonly session: () => SessionCredentials } | undefined,
    note: (asked: CredentialRequest) => void,
  ): HttpAnswer {
    const { method, path } = request;
    if (path === TOKEN_PATH) return this.#tokenAnswer(request);
    const token = headerOf(request, 'x-aws-ec2-metadata-token');
    const name = path.startsWith(ROLES_PATH) ? path.slice(ROLES_PATH.length) : '';
    if (/^[\w+=,.@-]{1,64}$/.test(name))
      note({ action: 'InstanceMetadata', role: name, proof: digestOf(token) });
    if (!this.#isValid(token)) return text(401, 'Unauthorized');
    if (method !== 'GET') return text(405, 'Method Not Allowed');
    if (path === ROLES_PATH && role) return text(200, role.name);
    if (name === '' || name !== role?.name) return text(404, 'Not Found');
    return json(200, {
      Code: 'Success',
      LastUpdated: new Date(this.#clock()).toISOString(),
      Type: 'AWS-HMAC',
      ...credentialsDocument(role.session()),
    });
  }

  #tokenAnswer(request: HttpRequest): HttpAnswer {
    if (request.method !== 'PUT') return text(405, 'Method Not Allowed');
    const ttl = headerOf(request, TTL_HEADER);
    const seconds = /^\d{1,5}$/.test(ttl) ? Number(ttl) : 0;
    // A request that came through a proxy is not one of the instance.
    if ('x-forwarded-for' in request.headers) return text(403, 'Forbidden');
    if (seconds < 1 || seconds > MAX_TTL_S) return text(400, 'Bad Request');
    return text(200, this.#tokenUntil(this.#clock() + seconds * 1000), { [TTL_HEADER]: ttl });
  }

  #tokenUntil(end: number): string {
    const proof = createHmac('sha256', this.#key).update(String(end)).digest('base64url');
    return `${end}.${proof}`;
  }

  #isValid(token: string): boolean {
    const end = Number(token.split('.')[0]);
    return end > this.#clock() && isSameSecret(token, this.#tokenUntil(end));
  }
}
