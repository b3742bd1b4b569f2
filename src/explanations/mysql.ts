import type { KnownError } from './known-error';

/** MySQL, MariaDB, mysql2 and the mariadb connector. */
export const mysqlRows: readonly KnownError[] = [
  {
    code: 'ER_ACCESS_DENIED_ERROR',
    message: 'Access denied for user … (using password: NO)',
    pattern: /Access denied for user .*\(using password: NO\)/,
    cause:
      'No token reached the driver: the hook is not attached, or the configuration was copied before',
    fix: 'Call addIamAuth(sequelize) before the first query, or set iamAuth: true where it is read (sequelize-rds-iam/register)',
  },
  {
    code: 'ER_DBACCESS_DENIED_ERROR',
    message: "Access denied for user … to database '…'",
    codes: ['ER_DBACCESS_DENIED_ERROR', 1044],
    pattern: /Access denied for user .* to database/,
    cause: 'The token was accepted, and the user has no privilege on that database',
    fix: 'GRANT the user what it needs on the database',
  },
  {
    code: 'ER_ACCESS_DENIED_ERROR',
    message: 'Access denied for user … (using password: YES)',
    codes: ['ER_ACCESS_DENIED_ERROR', 1045],
    pattern: /Access denied for user/,
    cause:
      'The policy does not allow rds-db:connect for this user on the resource id, the credentials are not valid, the user was not ' +
      'created with AWSAuthenticationPlugin, IAM authentication is not enabled, the clock is wrong, or RDS throttles',
    fix: 'Run npx sequelize-rds-iam doctor, and read the iam-db-auth-error log of the instance, which says which',
    isDenial: true,
  },
  {
    code: 'ER_BAD_DB_ERROR',
    message: "Unknown database '…'",
    codes: ['ER_BAD_DB_ERROR', 1049],
    cause: 'The token was accepted, and the database does not exist',
    fix: 'Create it, or correct database',
  },
  {
    code: 'ER_PLUGIN_IS_NOT_LOADED',
    message: "Plugin 'AWSAuthenticationPlugin' is not loaded",
    codes: ['ER_PLUGIN_IS_NOT_LOADED', 1524],
    cause: 'IAM authentication is not enabled on this instance',
    fix: 'Enable it: aws rds modify-db-instance or modify-db-cluster with --enable-iam-database-authentication',
  },
  {
    code: 'MYSQL_CLEAR_PASSWORD_NOT_ENABLED',
    message: 'Server requested authentication using mysql_clear_password … disabled by default …',
    codes: ['MYSQL_CLEAR_PASSWORD_NOT_ENABLED'],
    pattern: /requested authentication using mysql_clear_password/,
    cause: 'This connection was opened without sequelize-rds-iam: the server wants a token',
    fix: 'Add IAM authentication to this instance; in sequelize-cli, require sequelize-rds-iam/register in .sequelizerc',
  },
  {
    code: 'AUTH_SWITCH_PLUGIN_ERROR',
    message: 'Server requests authentication using unknown plugin …',
    pattern: /unknown plugin|Unsupported authentication plugin/i,
    codes: ['ER_AUTHENTICATION_PLUGIN_NOT_SUPPORTED', 'ER_NOT_SUPPORTED_AUTH_PLUGIN'],
    cause:
      'The driver lacks the plugin that the server asks for: an old driver, or a user of another kind',
    fix: 'Use a driver version that the README lists, and create the user for IAM authentication',
  },
  {
    code: 'ER_NOT_SUPPORTED_AUTH_MODE',
    message: 'Client does not support authentication protocol requested by server …',
    codes: ['ER_NOT_SUPPORTED_AUTH_MODE', 1251],
    cause: 'The driver is too old for the plugin of this user',
    fix: 'Use a driver version that the README lists',
  },
  {
    code: 'ER_CLEAR_PASSWORD_WITHOUT_SSL',
    message: 'mysql_clear_password authentication requires TLS or a local socket',
    codes: ['ER_CLEAR_PASSWORD_WITHOUT_SSL', 45064],
    pattern: /Cannot send password in clear|requires TLS or a local socket/,
    cause: 'The mariadb connector was used without TLS and without sequelize-rds-iam',
    fix: 'Add IAM authentication to this instance, which sets TLS up',
  },
  {
    code: 'ER_SECURE_TRANSPORT_REQUIRED',
    message: 'Connections using insecure transport are prohibited …',
    codes: ['ER_SECURE_TRANSPORT_REQUIRED', 3159],
    pattern: /insecure transport are prohibited/,
    cause: 'The server wants TLS, and this connection was opened without sequelize-rds-iam',
    fix: 'Add IAM authentication to this instance, which sets TLS up',
  },
  {
    code: 'ER_USER_LIMIT_REACHED',
    message: "User '…' has exceeded the 'max_user_connections' resource …",
    codes: ['ER_USER_LIMIT_REACHED', 'ER_TOO_MANY_USER_CONNECTIONS', 1226, 1203],
    cause: "The user's limit of connections is reached",
    fix: "Lower pool.max times the number of processes, or raise the user's limit",
  },
  {
    code: 'ER_CON_COUNT_ERROR',
    message: 'Too many connections',
    codes: ['ER_CON_COUNT_ERROR', 1040],
    cause: 'The instance has no connection left',
    fix: 'Lower pool.max times the number of processes, or use RDS Proxy or a larger class',
  },
  {
    code: 'ER_HOST_IS_BLOCKED',
    message: "Host '…' is blocked because of many connection errors …",
    codes: ['ER_HOST_IS_BLOCKED', 1129],
    cause: 'Too many connections from this machine broke off during the login',
    fix: 'Run FLUSH HOSTS as an administrator, and find what opens connections without logging in (health checks)',
  },
  {
    code: 'ER_HOST_NOT_PRIVILEGED',
    message: "Host '…' is not allowed to connect to this … server",
    codes: ['ER_HOST_NOT_PRIVILEGED', 1130],
    cause: 'No user may log in from this address',
    fix: "Create the user without a host part, or with '%'",
  },
];
