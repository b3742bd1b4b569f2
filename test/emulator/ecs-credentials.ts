import { once } from 'node:events';
import { createServer } from 'node:http';

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
  const server = createServer((_request, response) => {
    requests += 1;
    const answer = current;
    if (answer.hang) return;
    const timer = setTimeout(() => {
      response.writeHead(answer.status ?? 200, { 'content-type': 'application/json' });
      response.end((answer.status ?? 200) < 300 ? body(answer) : '{"message":"emulated error"}');
    }, answer.delayMs ?? 0);
    response.once('close', () => clearTimeout(timer));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The endpoint has no port');

  return {
    url: `http://127.0.0.1:${address.port}/credentials`,
    requests: () => requests,
    set: (changes) => {
      current = { ...current, ...changes };
    },
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
