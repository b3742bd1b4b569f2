import type { KnownError } from './known-error';

/** Sequelize's own. */
export const sequelizeRows: readonly KnownError[] = [
  {
    code: 'SequelizeConnectionAcquireTimeoutError',
    message: 'Operation timeout',
    codes: ['SequelizeConnectionAcquireTimeoutError', 'ConnectionAcquireTimeoutError'],
    cause: 'No connection came free within pool.acquire: all are in use, or logins are slow',
    fix: 'Release connections sooner (long transactions), or raise pool.max and pool.acquire',
  },
  {
    code: 'TypeError',
    message: "Cannot read properties of undefined (reading 'destroy')",
    pattern:
      /Cannot read propert(?:y 'destroy' of undefined|ies of undefined \(reading 'destroy'\))/,
    cause: 'Sequelize hides the error of a connection that broke in replication mode',
    fix: 'Run npx sequelize-rds-iam doctor, which tries each host on its own',
  },
  {
    code: 'OPTION_UNKNOWN',
    message: 'The following options are not recognized by Sequelize nor …',
    pattern: /options are not recognized by Sequelize nor/,
    cause:
      'Sequelize 7 refuses options that it does not know: names of version 6, such as username, or the flag iamAuth',
    fix: "Use version 7's names (user, url, the driver's options at the top), and withIamAuth or sequelize-rds-iam/register for the flag",
  },
  {
    code: 'DRIVER_MISSING',
    message: "Please install … package manually, Cannot find module '@sequelize/…'",
    pattern: /Please install .* package manually|Cannot find module '@sequelize\//,
    cause: 'The driver or the package of the dialect is not installed',
    fix: 'Install what the message names, in a version that the README lists',
  },
];
