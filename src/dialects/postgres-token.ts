import { randomBytes } from 'node:crypto';
import { refuse, type IamAuthError } from '../errors';
import type { Endpoint } from '../endpoint/endpoint';
import { unverified, wrongMethod } from './no-token';

/** What the package uses of pg's `Client`, which calls a password function as its own method. */
interface Client {
  readonly connection?: Partial<Connection>;
}

interface Connection {
  readonly stream: {
    readonly encrypted?: boolean;
    readonly authorized?: boolean;
    destroy(): void;
  };
  emit(event: 'error', error: Error): unknown;
  password: (answer: unknown) => void;
  sendSASLInitialResponseMessage: (...answer: unknown[]) => void;
}

/**
 * A password function for pg that returns a random placeholder: pg keeps the password, and sends it or a hash of it, whatever the
 * server asks for. If pg is about to send the placeholder in clear text, over verified TLS, the token is sent instead, once. Any other
 * answer ends the connection.
 */
export function passwordFor(endpoint: Endpoint, takeToken: () => string): (this: Client) => string {
  const placeholder = randomBytes(16).toString('hex');
  return function password(this: Client): string {
    const { connection } = this;
    if (!isSupported(connection)) {
      refuse(
        'ERR_IAM_AUTH_UNSUPPORTED',
        'Unsupported pg version, so no token was sent',
        'install pg 8.11 or later',
      );
    }
    const problem = tlsProblem(connection);
    if (problem !== undefined) throw unverified(endpoint, problem);
    const send = connection.password;
    connection.password = (answer) => {
      Reflect.deleteProperty(connection, 'password');
      Reflect.deleteProperty(connection, 'sendSASLInitialResponseMessage');
      if (answer === placeholder) send.call(connection, takeToken());
      else end(connection, endpoint, 'md5');
    };
    connection.sendSASLInitialResponseMessage = () => end(connection, endpoint, 'SCRAM');
    return placeholder;
  };
}

function isSupported(connection: Partial<Connection> | undefined): connection is Connection {
  const { stream, emit, password, sendSASLInitialResponseMessage } = connection ?? {};
  return (
    [emit, password, sendSASLInitialResponseMessage].every((own) => typeof own === 'function') &&
    typeof stream === 'object'
  );
}

/** pg has verified the server by now. This guards against a later version that does not. */
function tlsProblem({ stream }: Connection): string | undefined {
  if (stream.encrypted !== true) return 'the connection is not encrypted';
  return stream.authorized === true ? undefined : "the server's certificate is not trusted";
}

function end(connection: Connection, endpoint: Endpoint, method: string): void {
  connection.emit('error', methodRefused(endpoint, method));
  connection.stream.destroy();
}

/** The error for a server that asks for another authentication method. */
export function methodRefused(endpoint: Endpoint, method: string): IamAuthError {
  const methods = [`${method} authentication`, 'a clear-text password'] as const;
  const fix = 'GRANT rds_iam TO the user, and enable IAM authentication on the instance';
  return wrongMethod(endpoint, methods, fix);
}
