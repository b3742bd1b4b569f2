import type { MariaDbCoordinates } from '../emulator/mariadb-administration';
import type { BackendUser } from '../emulator/mysql-emulator-types';

const VARIABLE = 'SEQUELIZE_RDS_IAM_TEST_MARIADB';

/** The MariaDB of this test run; `app` may do everything in it. */
export interface TestMariaDb extends MariaDbCoordinates {
  readonly users: { readonly app: BackendUser };
}

/** Tells the test files, which run in other processes, where the server is. */
export function publishMariaDb(server: TestMariaDb): void {
  process.env[VARIABLE] = JSON.stringify(server);
}

/** The MariaDB that the global set-up started. */
export function mariaDb(): TestMariaDb {
  const text = process.env[VARIABLE];
  if (text === undefined)
    throw new Error('No MariaDB was started: run these tests in the integration project');
  // Written by publishMariaDb().
  return JSON.parse(text) as TestMariaDb;
}
