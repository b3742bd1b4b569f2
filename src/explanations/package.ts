import type { IamAuthErrorCode } from '../errors';
import type { KnownError } from './known-error';

/** The package's own errors in general. Each error explains itself more exactly. A record, so that every code has an entry. */
const MEANINGS: Readonly<Record<IamAuthErrorCode, Pick<KnownError, 'cause' | 'fix'>>> = {
  ERR_IAM_AUTH_OPTIONS: {
    cause: 'An option is unknown, of the wrong type, or contradicts another',
    fix: 'Change the option as the message says',
  },
  ERR_IAM_AUTH_UNSUPPORTED: {
    cause: 'This Sequelize, dialect or driver is not supported',
    fix: 'Use a version that the README lists',
  },
  ERR_IAM_AUTH_ENDPOINT: {
    cause: 'The host is malformed, or is not an RDS endpoint',
    fix: 'Set host or iamAuth.endpoint.hostname to the name of the RDS endpoint',
  },
  ERR_IAM_AUTH_REGION: {
    cause: 'The Region cannot be determined, or contradicts the host name',
    fix: 'Set or remove iamAuth.region as the message says',
  },
  ERR_IAM_AUTH_CREDENTIALS: {
    cause: 'The credential provider failed, was too slow, or returned expired credentials',
    fix: "Give the process a role or a profile; the message includes the provider's reason",
  },
  ERR_IAM_AUTH_TOKEN: {
    cause: 'Signing the token failed',
    fix: "Read the error's cause",
  },
  ERR_IAM_AUTH_TLS: {
    cause:
      'TLS is off or weakened, no roots are bundled for the Region, or the server was not verified; no token was sent',
    fix: 'Remove the option that weakens TLS, or set iamAuth.tls.ca, as the message says',
  },
  ERR_IAM_AUTH_METHOD: {
    cause: 'The server asked for a different authentication method; no token was sent',
    fix: 'Enable IAM authentication on the instance, and create the user for it (npx sequelize-rds-iam policy prints the SQL)',
  },
  ERR_IAM_AUTH_TIMEOUT: {
    cause:
      'The connection could not be opened within pool.acquire: credentials were slow, or too many logins were waiting',
    fix: 'Raise pool.acquire, or lower pool.max',
  },
  ERR_IAM_AUTH_HOOK_ORDER: {
    cause: "A beforeConnect hook that runs after this package's changed the host, or took too long",
    fix: 'Add that hook before calling addIamAuth',
  },
  ERR_IAM_AUTH_CLOSED: {
    cause:
      'The instance was closed, or IAM authentication was removed, while the connection was waiting',
    fix: 'None needed',
  },
  ERR_IAM_AUTH_NOT_NEEDED: {
    cause: 'No query needs the connection any more; only the pool receives this error',
    fix: 'None needed',
  },
};

export const packageRows: readonly KnownError[] = Object.entries(MEANINGS).map(
  ([code, meaning]) => ({ code, message: '', ...meaning }),
);
