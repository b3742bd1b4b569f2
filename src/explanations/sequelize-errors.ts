import type { ErrorRow } from './row';

/** Sequelize's own. */
export const sequelizeRows: readonly ErrorRow[] = [
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
    code: 'DRIVER_MISSING',
    message: 'Please install … package manually',
    pattern: /Please install .* package manually/,
    cause: 'The driver of the dialect is not installed',
    fix: 'Install the driver that the message names, in a version that the README lists',
  },
];
