import type { BackendUser } from 'rds-iam-emulator';
import type { MariaDbCoordinates } from './mariadb-administration';
import type { PostgresCoordinates } from './postgres-administration';

const MARIADB = 'SEQUELIZE_RDS_IAM_TEST_MARIADB';
const POSTGRES = 'SEQUELIZE_RDS_IAM_TEST_POSTGRES';

interface Users {
  readonly users: { readonly app: BackendUser };
}

/** The MariaDB of this test run; `app` may do everything in it. */
export type TestMariaDb = MariaDbCoordinates & Users;

/** The PostgreSQL of this test run; `app` owns the database `app` and may create others. */
export type TestPostgres = PostgresCoordinates & Users;

function coordinates(variable: string): unknown {
  const text = process.env[variable];
  if (text === undefined)
    throw new Error('No server was started: run these tests in the integration project');
  return JSON.parse(text);
}

/** Tells the test files, which run in other processes, where the server is. */
export function publishMariaDb(server: TestMariaDb): void {
  process.env[MARIADB] = JSON.stringify(server);
}

/** The MariaDB that the global set-up started. */
export function mariaDb(): TestMariaDb {
  // Written by publishMariaDb().
  return coordinates(MARIADB) as TestMariaDb;
}

/** Tells the test files, which run in other processes, where the server is. */
export function publishPostgres(server: TestPostgres): void {
  process.env[POSTGRES] = JSON.stringify(server);
}

/** The PostgreSQL that the global set-up started. */
export function postgres(): TestPostgres {
  // Written by publishPostgres().
  return coordinates(POSTGRES) as TestPostgres;
}
