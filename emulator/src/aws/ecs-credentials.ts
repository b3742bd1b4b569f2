import type { ServerResponse } from 'node:http';
import { startLoopbackHttp } from './loopback-http';

/** What the endpoint answers with. */
export interface EcsCredentialsOptions {
  readonly credentials: {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    readonly sessionToken: string;
  };
  /** How long the credentials of an answer live, from that answer on. */
  readonly expiresInMs?: number;
  readonly delayMs?: number;
  readonly status?: number;
  /** Accept requests and never answer. */
  readonly hang?: boolean;
}

/** A running endpoint; `url` goes into `AWS_CONTAINER_CREDENTIALS_FULL_URI`. */
export interface EcsCredentials {
  readonly url: string;
  /** How many requests came so far. */
  requests(): number;
  set(changes: Partial<EcsCredentialsOptions>): void;
  close(): Promise<void>;
}

const HOUR_MS = 3_600_000;

const body = ({ credentials, expiresInMs = HOUR_MS }: EcsCredentialsOptions) =>
  JSON.stringify({
    AccessKeyId: credentials.accessKeyId,
    SecretAccessKey: credentials.secretAccessKey,
    Token: credentials.sessionToken,
    Expiration: new Date(Date.now() + expiresInMs).toISOString(),
  });

/** Starts a loopback server like the one from which ECS and EKS containers get their credentials. */
export async function startEcsCredentials(options: EcsCredentialsOptions): Promise<EcsCredentials> {
  let current = options;
  let requests = 0;
  const held: (() => void)[] = [];
  const { origin, close } = await startLoopbackHttp((_request, response) => {
    requests += 1;
    if (current.hang) held.push(() => respond(response));
    else respond(response);
  });
  const respond = (response: ServerResponse) => {
    const answer = current;
    const timer = setTimeout(() => {
      response.writeHead(answer.status ?? 200, { 'content-type': 'application/json' });
      response.end((answer.status ?? 200) < 300 ? body(answer) : '{"message":"emulated error"}');
    }, answer.delayMs ?? 0);
    response.once('close', () => clearTimeout(timer));
  };

  return {
    url: `${origin}/credentials`,
    requests: () => requests,
    set: (changes) => {
      current = { ...current, ...changes };
      // Whoever asked would go on asking after the end of a test.
      if (!current.hang) for (const release of held.splice(0)) release();
    },
    close,
  };
}
