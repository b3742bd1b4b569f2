import { encodeFatalError, type StartupParameters } from './postgres-protocol';

const INVALID_AUTHORIZATION = '28000';

/** What RDS says to a wrong, expired or throttled token alike: IAM authentication is a PAM module there. */
export const authenticationFailed = (username: string): Buffer =>
  encodeFatalError({
    sqlState: INVALID_AUTHORIZATION,
    message: `PAM authentication failed for user "${username}"`,
  });

/** What RDS says to a client without TLS. */
export const tlsRequired = (client: StartupParameters): Buffer => {
  const user = client.get('user') ?? '';
  const database = client.get('database') || user;
  return encodeFatalError({
    sqlState: INVALID_AUTHORIZATION,
    message: `no pg_hba.conf entry for host "127.0.0.1", user "${user}", database "${database}", no encryption`,
  });
};

/** What PostgreSQL says to a client of another protocol. */
export const unsupportedProtocol: Buffer = encodeFatalError({
  sqlState: '0A000',
  message: 'unsupported frontend protocol: server supports 3.0 to 3.0',
});

/** What PostgreSQL says to a client that answers the request for its password with something else. */
export const passwordExpected: Buffer = encodeFatalError({
  sqlState: '08P01',
  message: 'expected password response',
});

/** What PostgreSQL says when `max_connections` is reached. */
export const tooManyConnections: Buffer = encodeFatalError({
  sqlState: '53300',
  message: 'sorry, too many clients already',
});
