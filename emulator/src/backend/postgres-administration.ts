import { Client, escapeIdentifier, escapeLiteral } from 'pg';
import type { Administration } from './administration';
import type { BackendTarget } from './backend-url';
import { scramVerifier } from './scram';

const CONNECT_TIMEOUT_MS = 10_000;
const LOCK_TIMEOUT_MS = 10_000;

interface Login {
  readonly user: string;
  readonly password: string;
  readonly database: string;
}

async function connectAs({ host, port }: BackendTarget, login: Login): Promise<Client> {
  const client = new Client({
    host,
    port,
    ...login,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    lock_timeout: LOCK_TIMEOUT_MS,
  });
  // A connection that is lost between two statements shows in the next one.
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

async function withClient<T>(
  target: BackendTarget,
  work: (client: Client) => Promise<T>,
  database = target.database,
): Promise<T> {
  const { username: user, password } = target;
  const client = await connectAs(target, { user, password, database });
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

async function column(client: Client, sql: string, values: string[] = []): Promise<string[]> {
  const { rows } = await client.query<{ value: unknown }>(sql, values);
  return rows.map(({ value }) => String(value));
}

const schemasOfUsers = (client: Client) =>
  column(
    client,
    "SELECT nspname AS value FROM pg_namespace WHERE nspname <> 'information_schema' AND nspname NOT LIKE 'pg\\_%'",
  );

/** Everything in the database, what the administrator adds later included. */
async function grantAll(client: Client, database: string, username: string): Promise<void> {
  const user = escapeIdentifier(username);
  await client.query(`GRANT ALL ON DATABASE ${escapeIdentifier(database)} TO ${user}`);
  for (const name of await schemasOfUsers(client)) {
    const schema = escapeIdentifier(name);
    await client.query(`GRANT ALL ON SCHEMA ${schema} TO ${user}`);
    for (const kind of ['TABLES', 'SEQUENCES', 'FUNCTIONS']) {
      await client.query(`GRANT ALL ON ALL ${kind} IN SCHEMA ${schema} TO ${user}`);
      await client.query(
        `ALTER DEFAULT PRIVILEGES IN SCHEMA ${schema} GRANT ALL ON ${kind} TO ${user}`,
      );
    }
  }
}

async function createUser(
  client: Client,
  target: BackendTarget,
  username: string,
  password: string,
) {
  const user = escapeIdentifier(username);
  const verifier = escapeLiteral(await scramVerifier(password));
  await client.query('BEGIN');
  await client.query(`CREATE ROLE ${user} LOGIN PASSWORD ${verifier}`);
  await grantAll(client, target.database, username);
  const [rdsIam] = await column(
    client,
    'SELECT rolname AS value FROM pg_roles WHERE rolname = $1',
    ['rds_iam'],
  );
  if (rdsIam !== undefined) await client.query(`GRANT rds_iam TO ${user}`);
  await client.query('COMMIT');
}

/** In each database where the role owns something or has a privilege. */
const databasesOf = (client: Client, username: string) =>
  column(
    client,
    `SELECT DISTINCT datname AS value FROM pg_shdepend JOIN pg_database ON pg_database.oid = dbid
       WHERE refclassid = 'pg_authid'::regclass AND refobjid = $1::regrole`,
    [escapeIdentifier(username)],
  );

async function removeUser(target: BackendTarget, username: string): Promise<void> {
  const user = escapeIdentifier(username);
  const databases = await withClient(target, async (client) => {
    await client.query(
      'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = $1',
      [username],
    );
    // To give away what another owns, who is no superuser must be a member.
    const [isSuperuser] = await column(
      client,
      'SELECT rolsuper AS value FROM pg_roles WHERE rolname = current_user',
    );
    if (isSuperuser !== 'true') await client.query(`GRANT ${user} TO CURRENT_USER`);
    return databasesOf(client, username);
  });
  for (const database of new Set([...databases, target.database]))
    await withClient(
      target,
      async (client) => {
        await client.query(`REASSIGN OWNED BY ${user} TO CURRENT_USER`);
        await client.query(`DROP OWNED BY ${user}`);
      },
      database,
    );
  await withClient(target, (client) => client.query(`DROP ROLE ${user}`));
}

/** Administers the PostgreSQL at this URL. */
export async function administerPostgres(target: BackendTarget): Promise<Administration> {
  const exists = (username: string) =>
    withClient(target, async (client) => {
      const found = await column(client, 'SELECT 1 AS value FROM pg_roles WHERE rolname = $1', [
        username,
      ]);
      return found.length > 0;
    });
  await withClient(target, () => Promise.resolve());
  return {
    engine: 'postgres',
    createDatabase: (name) =>
      withClient(target, async (client) => {
        await client.query(`CREATE DATABASE ${escapeIdentifier(name)}`);
      }),
    exists,
    create: ({ username, password }) =>
      withClient(target, (client) => createUser(client, target, username, password)),
    remove: async (username) => {
      if (await exists(username)) await removeUser(target, username);
    },
    tryPassword: async ({ username, password }) => {
      const client = await connectAs(target, {
        user: username,
        password,
        database: target.database,
      });
      await client.end();
    },
  };
}
