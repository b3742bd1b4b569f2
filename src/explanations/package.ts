import type { IamAuthErrorCode } from '../errors';
import type { KnownError } from './known-error';

interface Meaning {
  readonly cause: string;
  readonly fix: string;
}

/** This package's own errors. Their messages name the option or the endpoint; a record, so that no code can be forgotten. */
const MEANINGS: Readonly<Record<IamAuthErrorCode, Meaning>> = {
  ERR_IAM_AUTH_OPTIONS: {
    cause: 'An option is unknown, of the wrong type, or contradicts another',
    fix: 'Change the option that the message names, as it says',
  },
  ERR_IAM_AUTH_UNSUPPORTED: {
    cause: 'This Sequelize, dialect or driver is not supported',
    fix: 'Use one of the versions that the README lists',
  },
  ERR_IAM_AUTH_ENDPOINT: {
    cause: 'The host is malformed, or RDS takes no token for it',
    fix: "Use the RDS endpoint's name as host, or set iamAuth.endpoint.hostname to it",
  },
  ERR_IAM_AUTH_REGION: {
    cause: 'No Region can be told, or it contradicts the host name',
    fix: 'Set or remove iamAuth.region, as the message says',
  },
  ERR_IAM_AUTH_CREDENTIALS: {
    cause: 'The credential provider failed, was too slow, or returned expired credentials',
    fix: "Give the process a role or a profile; the message holds the provider's reason",
  },
  ERR_IAM_AUTH_TOKEN: {
    cause: 'Signing the token failed',
    fix: "See the error's cause",
  },
  ERR_IAM_AUTH_TLS: {
    cause:
      'TLS is off or weakened, no roots are bundled for the Region, or the server was not verified; no token was sent',
    fix: 'Remove what switches TLS off, or set iamAuth.tls.ca, as the message says',
  },
  ERR_IAM_AUTH_METHOD: {
    cause: 'The server asked for a different authentication method; no token was sent',
    fix: 'Enable IAM authentication on the instance, and create the user for it (npx sequelize-rds-iam policy prints the SQL)',
  },
  ERR_IAM_AUTH_TIMEOUT: {
    cause:
      'A query would have waited past pool.acquire for credentials, or for its turn within the allowed rate',
    fix: 'Raise pool.acquire, or lower pool.max',
  },
  ERR_IAM_AUTH_HOOK_ORDER: {
    cause:
      "A beforeConnect hook that runs after this package's changed the connection, or took too long",
    fix: 'Add that hook before addIamAuth',
  },
  ERR_IAM_AUTH_CLOSED: {
    cause: 'The instance was closed, or IAM authentication removed, during the wait',
    fix: 'None needed',
  },
  ERR_IAM_AUTH_NOT_NEEDED: {
    cause: 'No query waits for the connection any more; only the pool sees this',
    fix: 'None needed',
  },
};

export const packageRows: readonly KnownError[] = Object.entries(MEANINGS).map(
  ([code, meaning]) => ({
    code,
    message: '',
    codes: [code],
    ...meaning,
  }),
);
