import { encodeError } from './mysql-protocol';

/** What MySQL and RDS say to a wrong, expired or throttled token alike. */
export const accessDenied = (username: string): Buffer =>
  encodeError({
    code: 1045,
    sqlState: '28000',
    message: `Access denied for user '${username}'@'127.0.0.1' (using password: YES)`,
  });

/** What RDS says to a client without TLS. */
export const tlsRequired: Buffer = encodeError({
  code: 3159,
  sqlState: 'HY000',
  message:
    'Connections using insecure transport are prohibited while --require_secure_transport=ON.',
});
