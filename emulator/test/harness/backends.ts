import {
  administer as administerMariaDb,
  type MariaDbCoordinates,
} from '../../../test/harness/mariadb-administration';
import {
  administer as administerPostgres,
  type PostgresCoordinates,
} from '../../../test/harness/postgres-administration';
import { mariaDb, postgres } from '../../../test/harness/backend';

type Row = Record<string, unknown>;

/** The run's own server as a user of the emulator has it: by URL, with a database that nothing else uses. */
export interface BackendUnderTest {
  readonly dialect: 'mysql' | 'postgres';
  readonly url: (changes?: { username?: string; password?: string; database?: string }) => string;
  /** One statement as the administrator, in the database of the URL. */
  readonly sql: (statement: string) => Promise<Row[]>;
  readonly createDatabase: () => Promise<void>;
  readonly dropDatabase: () => Promise<unknown>;
  /** Creates a user without the emulator's help. */
  readonly createUser: (username: string) => Promise<{ readonly password: string }>;
  readonly dropUser: (username: string) => Promise<unknown>;
  readonly usernames: () => Promise<string[]>;
  /** All that the server keeps about users, privileges, databases and their owners. */
  readonly catalog: () => Promise<unknown>;
}

// A timestamp of zeros is a date that equals nothing, not even itself.
const comparable = (rows: unknown): unknown => JSON.parse(JSON.stringify(rows));

const namesOf = (rows: Row[]) => rows.map(({ name }) => String(name));

const urlOf = (
  scheme: string,
  { host, port }: { host: string; port: number },
  login: { username: string; password: string; database: string },
) => {
  const [username, password] = [login.username, login.password].map(encodeURIComponent);
  return `${scheme}://${username ?? ''}:${password ?? ''}@${host}:${port}/${login.database}`;
};

/** MariaDB, with a database of a name that has a wildcard. */
export function mariaDbBackend(
  database: string,
  server: MariaDbCoordinates = mariaDb(),
): BackendUnderTest {
  const root = administerMariaDb(server);
  const sql = (statement: string) => root.sql(statement);
  return {
    dialect: 'mysql',
    url: (changes) =>
      urlOf('mysql', server, {
        username: 'root',
        password: server.rootPassword,
        database,
        ...changes,
      }),
    sql: (statement) => sql(statement.replaceAll('{database}', `\`${database}\``)),
    createDatabase: () => root.createDatabase(database),
    dropDatabase: () => sql(`DROP DATABASE IF EXISTS \`${database}\``),
    createUser: (username) => root.createUser(username, database),
    dropUser: (username) => sql(`DROP USER IF EXISTS \`${username}\`@'%'`),
    usernames: async () => namesOf(await sql('SELECT user AS name FROM mysql.global_priv')),
    catalog: async () => {
      const tables = [
        'global_priv',
        'db',
        'tables_priv',
        'columns_priv',
        'procs_priv',
        'roles_mapping',
      ];
      const all = tables.map((table) => sql(`SELECT * FROM mysql.${table} ORDER BY 1, 2, 3`));
      const schemata = sql('SELECT * FROM information_schema.schemata');
      return comparable(await Promise.all([...all, schemata]));
    },
  };
}

// Privileges that were never touched are not written down; afterwards the same ones are.
const CATALOG = [
  'SELECT oid, rolname, rolsuper, rolinherit, rolcreaterole, rolcreatedb, rolcanlogin, rolpassword FROM pg_authid ORDER BY 1',
  'SELECT * FROM pg_auth_members ORDER BY 1, 2',
  "SELECT datname, datdba, COALESCE(datacl, acldefault('d', datdba)) AS acl FROM pg_database ORDER BY 1",
  "SELECT oid, nspname, nspowner, COALESCE(nspacl, acldefault('n', nspowner)) AS acl FROM pg_namespace ORDER BY 1",
  "SELECT oid, relname, relowner, COALESCE(relacl, acldefault(CASE relkind WHEN 'S' THEN 's' ELSE 'r' END::\"char\", relowner)) AS acl FROM pg_class WHERE relnamespace NOT IN (SELECT oid FROM pg_namespace WHERE nspname LIKE 'pg\\_%') ORDER BY 1",
  'SELECT * FROM pg_default_acl ORDER BY 1',
  'SELECT * FROM pg_shdepend ORDER BY 1, 2, 3, 4, 5, 6, 7',
];

/** PostgreSQL. */
export function postgresBackend(
  database: string,
  server: PostgresCoordinates = postgres(),
): BackendUnderTest {
  const superuser = administerPostgres(server);
  const sql = (statement: string, name?: string) => superuser.sql(statement, name);
  return {
    dialect: 'postgres',
    url: (changes) =>
      urlOf('postgres', server, {
        username: 'postgres',
        password: server.superuserPassword,
        database,
        ...changes,
      }),
    sql: (statement) => sql(statement.replaceAll('{database}', 'public'), database),
    createDatabase: () => superuser.createDatabase(database),
    dropDatabase: () => sql(`DROP DATABASE IF EXISTS "${database}" WITH (FORCE)`),
    createUser: (username) => superuser.createUser(username),
    dropUser: (username) => sql(`DROP ROLE IF EXISTS "${username}"`),
    usernames: async () => namesOf(await sql('SELECT rolname AS name FROM pg_roles')),
    catalog: () => Promise.all(CATALOG.map((statement) => sql(statement, database))),
  };
}
