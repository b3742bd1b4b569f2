import { KEEP_MEMORY_FREE, ADD_IAM_AUTH, SET_CLOCK, type KnownError } from './known-error';

/** Lines of the iam-db-auth-error log of RDS (UserGuide/UsingWithRDS.IAMDBAuth.Troubleshooting.html). */
const logRows: readonly KnownError[] = [
  {
    code: 'InvalidToken',
    message: '… the provided token is malformed or otherwise invalid. (Status Code: 400, …)',
    pattern: /token is malformed or otherwise invalid|Error Code: ?InvalidToken/,
    cause:
      'The token was truncated, was signed with invalid credentials, or is for another host, port, Region or user',
    fix: 'Renew the credentials, and check what npx sequelize-rds-iam doctor signs for',
  },
  {
    code: 'ExpiredToken',
    message: '… the token age is longer than 15 minutes. (Status Code: 400, …)',
    pattern: /token age is longer than 15 minutes/,
    cause: "This machine's clock is behind, or an old token was reused",
    fix: SET_CLOCK,
  },
  {
    code: 'NotAuthorized',
    message:
      '… is not authorized to perform rds-db:connect on the DB instance. (Status Code: 403, …)',
    pattern: /not authorized to perform rds-db:connect/,
    cause:
      "The role's policy does not allow rds-db:connect for this user, Region, account or resource ID",
    fix: 'Attach the policy that npx sequelize-rds-iam policy prints, with the resource ID, not the name',
  },
  {
    code: 'ThrottlingException',
    message: '… due to IAM DB authentication throttling. (Status Code: 429, …)',
    pattern: /due to IAM DB authentication throttling/,
    cause: 'Too many new connections per second reach the instance',
    fix: 'Keep connections open, set limiter.processes to the number of processes, or use RDS Proxy',
  },
  {
    code: 'InternalError',
    message: '… due to an internal IAM DB authentication error. (Status Code: 500, …)',
    pattern: /due to an internal IAM DB authentication error/,
    cause:
      'The instance could not verify the token: it has too little memory, or AWS has an outage',
    fix: KEEP_MEMORY_FREE,
  },
];

/** Errors of RDS Proxy (UserGuide/rds-proxy.troubleshooting.html). Before the engines' rows, which have the same codes. */
const proxyRows: readonly KnownError[] = [
  {
    code: '1040',
    message: 'IAM authentication rate limit exceeded, too many competing requests',
    pattern: /IAM authentication rate limit exceeded|because of too many competing requests/,
    cause: 'Too many IAM logins per second reach RDS Proxy',
    fix: 'Keep connections open, and set limiter.processes to the number of processes',
  },
  {
    code: '1040',
    message: 'Connections rate limit exceeded (…), Number simultaneous connections exceeded (…)',
    pattern: /Connections rate limit exceeded|Number simultaneous connections exceeded/,
    cause: 'Too many connections reach RDS Proxy',
    fix: 'Keep connections open, and lower pool.max times the number of processes',
  },
  {
    code: '3159',
    message:
      'This RDS Proxy requires TLS connections., IAM authentication is allowed only with SSL connections.',
    pattern: /RDS Proxy requires TLS|IAM (?:authentication )?is allowed only with SSL/i,
    cause: 'The connection to RDS Proxy was opened without TLS and without sequelize-rds-iam',
    fix: ADD_IAM_AUTH,
  },
  {
    code: '9501',
    message: 'Timed-out waiting to acquire database connection',
    codes: [9501],
    pattern: /Timed-out waiting to acquire database connection/,
    cause:
      'RDS Proxy got no connection from the database, which is full or down, or the secret is wrong',
    fix: "Check the proxy's target health, its secret and MaxConnectionsPercent",
  },
  {
    code: '1231',
    message: "Variable 'character_set_client' can't be set to the value of …",
    codes: [1231],
    pattern: /'?character_set_client'? can't be set to the value/,
    cause: 'RDS Proxy does not support the character set of the connection',
    fix: "Set the driver's charset option to another one, for example utf8mb4",
  },
  {
    code: '1105',
    message: 'Unknown error',
    codes: [1105],
    pattern: /^Unknown error$/,
    cause: 'RDS Proxy had an error and gives no reason',
    fix: "Try again; if the error persists, read the proxy's log in CloudWatch",
  },
  {
    code: '2026',
    message: 'SSL connection error: Internal Server Error, tlsv1 alert internal error',
    pattern: /SSL connection error: Internal Server Error|alert internal error/,
    cause: 'RDS Proxy could not complete the TLS handshake',
    fix: 'Try again; if the error persists, connect to the proxy endpoint by its name, and check that the proxy is available',
  },
  {
    code: 'RDS_PROXY_DENIED',
    message: 'The IAM authentication failed for the role …',
    pattern: /IAM authentication failed/,
    cause:
      'RDS Proxy refuses the token: it is signed for another endpoint, or the policy does not name the prx-… resource ID',
    fix: 'Connect to the proxy endpoint by its name, and allow rds-db:connect on prx-…',
    isDenial: true,
  },
  {
    code: 'RDS_PROXY_NO_SECRET',
    message: 'This RDS proxy has no credentials for the role …',
    pattern: /RDS proxy has no credentials for the role/i,
    cause: 'RDS Proxy has no secret for this user',
    fix: "Add the user's secret to the proxy and require IAM authentication, or use end-to-end IAM authentication",
  },
  {
    code: 'RDS_PROXY_AUTH',
    message: 'RDS Proxy supports only IAM, MD5, or SCRAM authentication.',
    pattern: /RDS Proxy supports only/,
    cause: 'RDS Proxy does not require IAM authentication for this user',
    fix: "Set the proxy's IAM authentication to required for the user's secret",
  },
];

export const rdsRows: readonly KnownError[] = [...logRows, ...proxyRows];
