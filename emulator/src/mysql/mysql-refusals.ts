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

/** What a server says in place of its greeting when `max_connections` is reached. */
export const tooManyConnections: Buffer = encodeError({
  code: 1040,
  sqlState: '08004',
  message: 'Too many connections',
});

/** What a server says to a client whose packets are not MySQL's. */
export const badHandshake: Buffer = encodeError({
  code: 1043,
  sqlState: '08S01',
  message: 'Bad handshake',
});
