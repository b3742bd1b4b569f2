import { randomBytes } from 'node:crypto';
import { Client, escapeIdentifier } from 'pg';
import type { BackendUser } from 'rds-iam-emulator';

/** The user that may do everything. */
const SUPERUSER = 'postgres';

/** How to reach a running PostgreSQL; can be sent to another process. */
export interface PostgresCoordinates {
  readonly host: string;
  readonly port: number;
  readonly superuserPassword: string;
}

/** What tests do to the real server, past the emulator. */
export interface PostgresAdministration {
  /** Runs one statement as superuser, in `database` or in `postgres`; resolves to its rows, if it has any. */
  sql(statement: string, database?: string): Promise<Record<string, unknown>[]>;
  createDatabase(name: string): Promise<void>;
  /** Makes a user with a random password who may create databases, and who owns `database`. */
  createUser(username: string, database?: string): Promise<BackendUser>;
}

/** The administration of the server at these coordinates. */
export function administer({
  host,
  port,
  superuserPassword,
}: PostgresCoordinates): PostgresAdministration {
  const sql = async (statement: string, database = 'postgres') => {
    const client = new Client({
      host,
      port,
      user: SUPERUSER,
      password: superuserPassword,
      database,
    });
    await client.connect();
    try {
      const { rows } = await client.query<Record<string, unknown>>(statement);
      return rows;
    } finally {
      await client.end();
    }
  };

  return {
    sql,
    createDatabase: async (name) => {
      await sql(`CREATE DATABASE ${escapeIdentifier(name)}`);
    },
    createUser: async (username, database) => {
      const password = randomBytes(16).toString('hex');
      const user = escapeIdentifier(username);
      await sql(`CREATE ROLE ${user} LOGIN CREATEDB PASSWORD '${password}'`);
      if (database !== undefined)
        await sql(`ALTER DATABASE ${escapeIdentifier(database)} OWNER TO ${user}`);
      return { username, password };
    },
  };
}
