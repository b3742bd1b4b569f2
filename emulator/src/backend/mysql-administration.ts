import { createConnection, type Connection, type RowDataPacket } from 'mysql2/promise';
import type { Administration } from './administration';
import type { BackendTarget } from './backend-url';

const NATIVE = 'mysql_native_password';

const quoteName = (name: string) => `\`${name.replaceAll('`', '``')}\``;

/** In a GRANT, _ and % of a database name stand for other characters. */
const grantScope = (database: string) =>
  `${quoteName(database.replace(/[\\_%]/g, String.raw`\$&`))}.*`;

const account = (username: string) => `${quoteName(username)}@'%'`;

async function connectAs(
  { host, port }: BackendTarget,
  login: { readonly user: string; readonly password: string; readonly database: string },
): Promise<Connection> {
  return createConnection({ host, port, ...login, connectTimeout: 10_000 });
}

async function withConnection<T>(
  target: BackendTarget,
  work: (connection: Connection) => Promise<T>,
): Promise<T> {
  const { username: user, password, database } = target;
  const connection = await connectAs(target, { user, password, database });
  try {
    return await work(connection);
  } finally {
    await connection.end();
  }
}

async function rows(connection: Connection, sql: string, values: string[] = []) {
  const [result] = await connection.query<RowDataPacket[]>(sql, values);
  return result;
}

async function identifiedBy(connection: Connection, isMariaDb: boolean): Promise<string> {
  if (isMariaDb) return `VIA ${NATIVE} USING PASSWORD(?)`;
  const active = await rows(
    connection,
    "SELECT 1 FROM information_schema.plugins WHERE plugin_name = ? AND plugin_status = 'ACTIVE'",
    [NATIVE],
  );
  return `WITH ${active.length > 0 ? NATIVE : 'caching_sha2_password'} BY ?`;
}

async function removeUser(connection: Connection, username: string): Promise<void> {
  const sessions = await rows(
    connection,
    'SELECT id FROM information_schema.processlist WHERE user = ?',
    [username],
  );
  // A session that has ended meanwhile cannot be killed.
  for (const { id } of sessions)
    await connection.query(`KILL ${Number(id)}`).catch(() => undefined);
  await connection.query(`DROP USER IF EXISTS ${account(username)}`);
}

/** Administers the MySQL or MariaDB at this URL. */
export async function administerMySql(target: BackendTarget): Promise<Administration> {
  const [version] = await withConnection(target, (connection) =>
    rows(connection, 'SELECT VERSION() AS version'),
  );
  const isMariaDb = /mariadb/i.test(String(version?.['version']));
  return {
    engine: isMariaDb ? 'mariadb' : 'mysql',
    createDatabase: (name) =>
      withConnection(target, async (connection) => {
        await connection.query(`CREATE DATABASE ${quoteName(name)}`);
      }),
    exists: (username) =>
      withConnection(target, async (connection) => {
        const found = await rows(connection, 'SELECT 1 FROM mysql.user WHERE user = ?', [username]);
        return found.length > 0;
      }),
    create: ({ username, password }) =>
      withConnection(target, async (connection) => {
        const plugin = await identifiedBy(connection, isMariaDb);
        await connection.query(`CREATE USER ${account(username)} IDENTIFIED ${plugin}`, [password]);
        await connection.query(
          `GRANT ALL PRIVILEGES ON ${grantScope(target.database)} TO ${account(username)}`,
        );
      }),
    remove: (username) => withConnection(target, (connection) => removeUser(connection, username)),
    tryPassword: async ({ username, password }) => {
      const { database: name } = target;
      const connection = await connectAs(target, { user: username, password, database: name });
      await connection.end();
    },
  };
}
