import { randomBytes } from 'node:crypto';
import { IamAuthError } from '../errors';
import type { Endpoint } from '../endpoint/endpoint';
import { noToken, unverified } from './no-token';

/** pg's `Client`, which calls a password function as its own method, as far as it is used. */
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
 * A password for pg that is a random placeholder: pg answers with it, or with a proof of it, whatever the server asks for, and keeps it.
 * When the answer is the placeholder in clear text, over verified TLS, the token is sent in its place, once; every other answer
 * ends the connection.
 */
export function passwordFor(endpoint: Endpoint, takeToken: () => string): (this: Client) => string {
  const placeholder = randomBytes(16).toString('hex');
  return function password(this: Client): string {
    const connection = known(this.connection);
    if (connection === undefined) {
      throw new IamAuthError(
        'ERR_IAM_AUTH_UNSUPPORTED',
        'This version of pg answers in a way that is not known, so it gets no token',
        { fix: 'install pg 8.11 or later' },
      );
    }
    const problem = tlsProblem(connection);
    if (problem !== undefined) throw unverified(endpoint, problem);
    const send = connection.password;
    connection.password = (answer) => {
      Reflect.deleteProperty(connection, 'password');
      Reflect.deleteProperty(connection, 'sendSASLInitialResponseMessage');
      if (answer === placeholder) send.call(connection, takeToken());
      else refuse(connection, endpoint, 'md5');
    };
    connection.sendSASLInitialResponseMessage = () => refuse(connection, endpoint, 'SCRAM');
    return placeholder;
  };
}

function known(connection: Partial<Connection> | undefined): Connection | undefined {
  const { stream, emit, password, sendSASLInitialResponseMessage } = connection ?? {};
  const isKnown =
    [emit, password, sendSASLInitialResponseMessage].every((own) => typeof own === 'function') &&
    typeof stream === 'object';
  return isKnown ? (connection as Connection) : undefined;
}

/** pg has verified the server by now; this is in case that a later version changes its mind. */
function tlsProblem({ stream }: Connection): string | undefined {
  if (stream.encrypted !== true) return 'the connection is not encrypted';
  return stream.authorized === true ? undefined : 'its certificate is not trusted';
}

function refuse(connection: Connection, endpoint: Endpoint, method: string): void {
  connection.emit(
    'error',
    noToken(
      'ERR_IAM_AUTH_METHOD',
      endpoint,
      `it asks for ${method} authentication, not for the token`,
      'GRANT rds_iam TO the user, and enable IAM authentication on the instance',
    ),
  );
  connection.stream.destroy();
}
