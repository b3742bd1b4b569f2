import type { KnownError } from './known-error';

/** Errors of PostgreSQL and pg. */
export const postgresRows: readonly KnownError[] = [
  {
    code: '28000',
    message: 'pg_hba.conf rejects connection for host … no encryption',
    pattern:
      /(?:pg_hba\.conf (?:rejects|entry)|no pg_hba\.conf entry).{0,300}(?:no encryption|SSL off)/,
    cause:
      'The server requires TLS, but this connection was opened without it; libpq retries without TLS after another error',
    fix: 'Add IAM authentication to this Sequelize instance, which also sets TLS up; if there are two errors, read the first',
  },
  {
    code: '28000',
    message: 'PAM authentication failed for user "…"',
    pattern: /PAM authentication failed/,
    cause:
      'The policy does not allow rds-db:connect for this user on the resource ID, the credentials are invalid, ' +
      'IAM authentication is not enabled, the clock is wrong, or RDS throttles logins',
    fix: "Run npx sequelize-rds-iam doctor, or read the instance's iam-db-auth-error log, which names the reason",
    isDenial: true,
  },
  {
    code: '28P01',
    message: 'password authentication failed for user "…"',
    codes: ['28P01'],
    pattern: /password authentication failed for user/,
    cause:
      'The server treated the token as a password: the user lacks the role rds_iam, or does not exist',
    fix: 'GRANT rds_iam TO the user, and check that IAM authentication is enabled on the instance',
  },
  {
    code: '28000',
    message: 'role "…" does not exist',
    pattern: /role ".{0,300}" does not exist/,
    cause: 'The user does not exist; names are case-sensitive',
    fix: 'CREATE the USER, and GRANT rds_iam TO it',
  },
  {
    code: '28000',
    message: 'no pg_hba.conf entry for host …',
    pattern: /pg_hba\.conf/,
    cause: 'The server accepts no login of this user to this database from this address',
    fix: 'Check the options username and database',
  },
  {
    code: '3D000',
    message: 'database "…" does not exist',
    cause: 'The token was accepted, but the database does not exist',
    fix: 'Create the database, or correct the database option',
  },
  {
    code: '53300',
    message: 'sorry, too many clients already',
    cause: 'The instance has no free connections',
    fix: 'Lower pool.max or the number of processes, or use RDS Proxy or a larger instance class',
  },
  {
    code: '57P03',
    message: 'the database system is starting up, the database system is shutting down',
    codes: ['57P03'],
    pattern: /the database system is (?:starting up|shutting down|in recovery mode)/,
    cause: 'The instance starts, stops or recovers, as during a failover',
    fix: 'Try again; if the error persists, read the log of the instance',
  },
  {
    code: '57014',
    message: 'canceling authentication due to timeout',
    pattern: /canceling authentication due to timeout/,
    cause:
      'The instance did not verify the token in time: it has too little memory or is overloaded',
    fix: 'Keep 300 to 1000 MiB of memory free for IAM authentication, or use a larger instance class',
  },
];
