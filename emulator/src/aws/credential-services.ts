import type { ServerResponse } from 'node:http';
import type { AccessKeys } from '../iam/access-keys';
import { ContainerCredentials } from './container-credentials';
import { faultAnswer, type CredentialFaults } from './credential-faults';
import type { CredentialRequest } from './credential-requests';
import { readRequest, text, type HttpAnswer, type HttpRequest } from './http-exchange';
import { InstanceMetadata } from './instance-metadata';
import { startLoopbackHttp } from './loopback-http';
import { parseRoleArn, RoleSessions, type RoleOptions, type SessionRequest } from './role-sessions';
import { portalAnswer } from './sso-portal';
import { stsAnswer } from './sts';

/** Whose credentials to hand out and to know. */
export interface CredentialServicesOptions {
  /** The access keys that AWS STS knows; those of new sessions are added. An endpoint that looks them up here accepts them. */
  readonly keys: AccessKeys;
  /** Without a role, nobody gets credentials. */
  readonly role?: RoleOptions;
  /** The wall clock of the services, by default that of the machine. */
  readonly clock?: () => number;
}

/** Running credential services. */
export interface CredentialServices {
  /** Scheme, address and port, without a slash at the end; `AWS_ENDPOINT_URL_SSO` for a profile of IAM Identity Center. */
  readonly origin: string;
  /** The endpoint of an ECS task, which asks for no authorization token: only the task knows the address. */
  readonly taskCredentialsUrl: string;
  /** What a program must have in its environment to use them. */
  readonly env: Readonly<Record<string, string>>;
  /** The last ones, at most 10,000. */
  requests(): readonly CredentialRequest[];
  /** Hands out other session credentials from now on. */
  rotate(): void;
  setFaults(faults: CredentialFaults): void;
  close(): Promise<void>;
}

const MAX_REQUESTS = 10_000;
const MINUTE_MS = 60_000;

/**
 * Starts the endpoints of ECS, EKS Pod Identity and EC2 from which programs get their role’s credentials, AWS STS, and the
 * portal of IAM Identity Center, together on one free port of loopback.
 *
 * @throws {Error} when `role.arn` is no ARN of a role.
 */
export async function startCredentialServices(
  options: CredentialServicesOptions,
): Promise<CredentialServices> {
  const { keys, role, clock = Date.now } = options;
  const sessions = role && new RoleSessions(role, keys, clock);
  const container = new ContainerCredentials();
  const metadata = new InstanceMetadata(clock);
  const asked: CredentialRequest[] = [];
  const held: (() => void)[] = [];
  let faults: CredentialFaults = {};

  const note = (request: CredentialRequest) => {
    asked.push(request);
    if (asked.length > MAX_REQUESTS) asked.shift();
  };
  const start = (request: Omit<SessionRequest, 'expiresAt'>, of: RoleSessions) => {
    const lifetimeMs = faults.expired ? -MINUTE_MS : of.options.lifetimeMs;
    return of.start({ ...request, expiresAt: clock() + lifetimeMs });
  };
  const sessionOf = (of: RoleSessions) => () =>
    faults.expired ? start({ roleArn: of.arn, sessionName: 'app' }, of) : of.current();

  const answer = (request: HttpRequest): HttpAnswer => {
    const { path } = request;
    if (path === '/')
      return stsAnswer(request, { lookUp: keys.lookUp, sessions, now: clock(), note });
    if (path === '/federation/credentials')
      return portalAnswer(request, sessions && ((session) => start(session, sessions)), note);
    if (path.startsWith('/latest/')) {
      const name = sessions && parseRoleArn(sessions.arn)?.name;
      const instanceRole = sessions && name ? { name, session: sessionOf(sessions) } : undefined;
      return metadata.answer(request, instanceRole, note);
    }
    if (/^\/v[12]\/credentials/.test(path))
      return container.answer(request, sessions && sessionOf(sessions), note);
    return text(404, 'Not Found');
  };

  const send = (response: ServerResponse, { status, headers, body }: HttpAnswer) => {
    // The clock may be another one than the machine's.
    response.sendDate = false;
    response.writeHead(status, { date: new Date(clock()).toUTCString(), ...headers });
    response.end(body);
  };
  const respond = (response: ServerResponse, path: string, answered: HttpAnswer) => {
    const timer = setTimeout(
      (instead) => send(response, instead ?? answered),
      faults.delayMs ?? 0,
      faultAnswer(faults, path),
    );
    response.once('close', () => clearTimeout(timer));
  };
  const { origin, close } = await startLoopbackHttp((message, response) => {
    const receive = async () => {
      const request = await readRequest(message);
      const { path, answered } = request
        ? { path: request.path, answered: answer(request) }
        : { path: '', answered: text(413, 'Content Too Large') };
      if (faults.hang) held.push(() => respond(response, path, answered));
      else respond(response, path, answered);
    };
    // The client is gone, or `role.issue` has failed.
    receive().catch(() => send(response, text(500, 'Internal Server Error')));
  });

  return {
    origin,
    taskCredentialsUrl: origin + container.taskPath,
    env: {
      AWS_ENDPOINT_URL_STS: origin,
      ...(role && {
        AWS_CONTAINER_CREDENTIALS_FULL_URI: origin + container.podPath,
        AWS_CONTAINER_AUTHORIZATION_TOKEN: container.authorizationToken,
        AWS_EC2_METADATA_SERVICE_ENDPOINT: origin,
      }),
    },
    requests: () => [...asked],
    rotate: () => sessions?.rotate(),
    setFaults: (next) => {
      faults = next;
      // Whoever asked would go on asking after the end of a test.
      if (!faults.hang) for (const release of held.splice(0)) release();
    },
    close,
  };
}
