import type { KnownError } from './known-error';

/** Sequelize's own errors. */
export const sequelizeRows: readonly KnownError[] = [
  {
    code: 'SequelizeConnectionAcquireTimeoutError',
    message: 'Operation timeout',
    codes: ['SequelizeConnectionAcquireTimeoutError', 'ConnectionAcquireTimeoutError'],
    cause: 'No connection became free within pool.acquire: all are in use, or logins are slow',
    fix: 'Release connections sooner (shorten transactions), or raise pool.max and pool.acquire',
  },
  {
    code: 'TypeError',
    message: "Cannot read properties of undefined (reading 'destroy')",
    pattern:
      /Cannot read propert(?:y 'destroy' of undefined|ies of undefined \(reading 'destroy'\))/,
    cause: 'A connection failed in replication mode, and Sequelize hides its error',
    fix: 'Run npx sequelize-rds-iam doctor, which checks each host',
  },
  {
    code: 'INSTANCE_CLOSED',
    message: 'sequelize.close was called, … was called after the connection manager was closed!',
    pattern: /sequelize\.close was called|after the connection manager was closed/,
    cause: 'The Sequelize instance was closed before the query got a connection',
    fix: 'Await all queries before you close the instance, and start none afterwards',
  },
  {
    code: 'OPTION_UNKNOWN',
    message: 'The following options are not recognized by Sequelize nor …',
    pattern: /options are not recognized by Sequelize nor/,
    cause:
      'Sequelize 7 rejects unknown options, such as version 6 names (username) or the iamAuth flag',
    fix: "Use version 7's names (user, url, the driver's options at the top level); for the flag, use withIamAuth or sequelize-rds-iam/register",
  },
  {
    code: 'DRIVER_MISSING',
    message: "Please install … package manually, Cannot find module '@sequelize/…'",
    pattern: /Please install .{0,100} package manually|Cannot find module '@sequelize\//,
    cause: 'The driver or the dialect package is not installed',
    fix: 'Install the package that the message names, in a version that the README lists',
  },
];
