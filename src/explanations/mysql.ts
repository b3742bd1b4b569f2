import { ADD_IAM_AUTH, type KnownError } from './known-error';

/** Errors of MySQL, MariaDB, mysql2 and the MariaDB connector. */
export const mysqlRows: readonly KnownError[] = [
  {
    code: 'ER_ACCESS_DENIED_ERROR',
    message: 'Access denied for user … (using password: NO)',
    pattern: /Access denied for user .{0,300}\(using password: NO\)/,
    cause:
      'No token was sent: IAM authentication was not added, or was added after the configuration was copied',
    fix: 'Call addIamAuth(sequelize) before the first query, or set iamAuth: true and load sequelize-rds-iam/register first',
  },
  {
    code: 'ER_DBACCESS_DENIED_ERROR',
    message: "Access denied for user … to database '…'",
    codes: ['ER_DBACCESS_DENIED_ERROR', 1044],
    pattern: /Access denied for user .{0,300} to database/,
    cause: 'The token was accepted, but the user has no privileges on that database',
    fix: 'GRANT the user the privileges that it needs on the database',
  },
  {
    code: 'ER_ACCESS_DENIED_ERROR',
    message: 'Access denied for user … (using password: YES)',
    codes: ['ER_ACCESS_DENIED_ERROR', 1045],
    pattern: /Access denied for user/,
    cause:
      'The policy does not allow rds-db:connect for this user on the resource ID, the credentials are invalid, the user was not ' +
      'created with AWSAuthenticationPlugin, IAM authentication is not enabled, the clock is wrong, or RDS throttles logins',
    fix: "Run npx sequelize-rds-iam doctor, or read the instance's iam-db-auth-error log, which names the reason",
    isDenial: true,
  },
  {
    code: 'ER_BAD_DB_ERROR',
    message: "Unknown database '…'",
    codes: ['ER_BAD_DB_ERROR', 1049],
    cause: 'The token was accepted, but the database does not exist',
    fix: 'Create the database, or correct the database option',
  },
  {
    code: 'ER_PLUGIN_IS_NOT_LOADED',
    message: "Plugin 'AWSAuthenticationPlugin' is not loaded",
    codes: ['ER_PLUGIN_IS_NOT_LOADED', 1524],
    cause: 'IAM authentication is not enabled on this instance',
    fix: 'Run aws rds modify-db-instance or modify-db-cluster with --enable-iam-database-authentication',
  },
  {
    code: 'MYSQL_CLEAR_PASSWORD_NOT_ENABLED',
    message: 'Server requested authentication using mysql_clear_password … disabled by default …',
    codes: ['MYSQL_CLEAR_PASSWORD_NOT_ENABLED'],
    pattern: /requested authentication using mysql_clear_password/,
    cause: 'The server asks for a token, but this connection was opened without sequelize-rds-iam',
    fix: 'Add IAM authentication to this Sequelize instance; for sequelize-cli, require sequelize-rds-iam/register in .sequelizerc',
  },
  {
    code: 'AUTH_SWITCH_PLUGIN_ERROR',
    message: 'Server requests authentication using unknown plugin …',
    pattern: /unknown plugin|Unsupported authentication plugin/i,
    codes: ['ER_AUTHENTICATION_PLUGIN_NOT_SUPPORTED', 'ER_NOT_SUPPORTED_AUTH_PLUGIN'],
    cause:
      'The driver lacks the plugin that the server asks for: it is too old, or the user is not an IAM user',
    fix: 'Use a driver version that the README lists, and create the user for IAM authentication',
  },
  {
    code: 'ER_NOT_SUPPORTED_AUTH_MODE',
    message: 'Client does not support authentication protocol requested by server …',
    codes: ['ER_NOT_SUPPORTED_AUTH_MODE', 1251],
    cause: "The driver is too old for this user's plugin",
    fix: 'Use a driver version that the README lists',
  },
  {
    code: 'ER_CLEAR_PASSWORD_WITHOUT_SSL',
    message: 'mysql_clear_password authentication requires TLS or a local socket',
    codes: ['ER_CLEAR_PASSWORD_WITHOUT_SSL', 45064],
    pattern: /Cannot send password in clear|requires TLS or a local socket/,
    cause: 'The MariaDB connector was used without TLS and without sequelize-rds-iam',
    fix: ADD_IAM_AUTH,
  },
  {
    code: 'ER_SECURE_TRANSPORT_REQUIRED',
    message: 'Connections using insecure transport are prohibited …',
    codes: ['ER_SECURE_TRANSPORT_REQUIRED', 3159],
    pattern: /insecure transport are prohibited/,
    cause: 'The server requires TLS, but this connection was opened without sequelize-rds-iam',
    fix: ADD_IAM_AUTH,
  },
  {
    code: 'ER_USER_LIMIT_REACHED',
    message: "User '…' has exceeded the 'max_user_connections' resource …",
    codes: ['ER_USER_LIMIT_REACHED', 'ER_TOO_MANY_USER_CONNECTIONS', 1226, 1203],
    cause: 'The user has reached its connection limit',
    fix: "Lower pool.max or the number of processes, or raise the user's limit",
  },
  {
    code: 'ER_CON_COUNT_ERROR',
    message: 'Too many connections',
    codes: ['ER_CON_COUNT_ERROR', 1040],
    cause: 'The instance has no free connections',
    fix: 'Lower pool.max or the number of processes, or use RDS Proxy or a larger instance class',
  },
  {
    code: 'ER_HOST_IS_BLOCKED',
    message: "Host '…' is blocked because of many connection errors …",
    codes: ['ER_HOST_IS_BLOCKED', 1129],
    cause: 'Too many connections from this machine were aborted during the login',
    fix: 'Run FLUSH HOSTS as an administrator, and stop what connects without logging in, such as health checks',
  },
  {
    code: 'ER_HOST_NOT_PRIVILEGED',
    message: "Host '…' is not allowed to connect to this … server",
    codes: ['ER_HOST_NOT_PRIVILEGED', 1130],
    cause: 'No user is allowed to log in from this address',
    fix: "Create the user without a host part, or with '%'",
  },
];
