import type { KnownError } from './known-error';

/** PostgreSQL and pg. */
export const postgresRows: readonly KnownError[] = [
  {
    code: '28000',
    message: 'pg_hba.conf rejects connection for host … no encryption',
    pattern: /(?:pg_hba\.conf (?:rejects|entry)|no pg_hba\.conf entry).*(?:no encryption|SSL off)/,
    cause:
      'The server wants TLS, and this connection was opened without it; with libpq, it is the retry after the first error',
    fix: 'Add IAM authentication to this instance, which sets TLS up, and read the first error if there are two',
  },
  {
    code: '28000',
    message: 'PAM authentication failed for user "…"',
    pattern: /PAM authentication failed/,
    cause:
      'The policy does not allow rds-db:connect for this user on the resource id, the credentials are not valid, ' +
      'IAM authentication is not enabled, the clock is wrong, or RDS throttles',
    fix: 'Run npx sequelize-rds-iam doctor, and read the iam-db-auth-error log of the instance, which says which',
    isDenial: true,
  },
  {
    code: '28P01',
    message: 'password authentication failed for user "…"',
    codes: ['28P01'],
    pattern: /password authentication failed for user/,
    cause:
      'The server took the token for a password: the user lacks the role rds_iam, or does not exist',
    fix: 'GRANT rds_iam TO the user, and check that IAM authentication is enabled on the instance',
  },
  {
    code: '28000',
    message: 'role "…" does not exist',
    pattern: /role ".*" does not exist/,
    cause: 'The user does not exist; its name is case sensitive',
    fix: 'CREATE USER, then GRANT rds_iam TO it',
  },
  {
    code: '28000',
    message: 'no pg_hba.conf entry for host …',
    pattern: /pg_hba\.conf/,
    cause: 'The server takes no login of this user to this database from this address',
    fix: 'Check username and database',
  },
  {
    code: '3D000',
    message: 'database "…" does not exist',
    codes: ['3D000'],
    cause: 'The token was accepted, and the database does not exist',
    fix: 'Create it, or correct database',
  },
  {
    code: '53300',
    message: 'sorry, too many clients already',
    codes: ['53300'],
    cause: 'The instance has no connection left',
    fix: 'Lower pool.max times the number of processes, or use RDS Proxy or a larger class',
  },
  {
    code: '57014',
    message: 'canceling authentication due to timeout',
    pattern: /canceling authentication due to timeout/,
    cause:
      'The instance did not verify the token in time: it has too little memory or is overloaded',
    fix: 'Leave IAM authentication 300 to 1000 MiB of memory, or use a larger class',
  },
];
