import { randomBytes } from 'node:crypto';
import { createConnection, type RowDataPacket } from 'mysql2/promise';
import type { BackendUser } from 'rds-iam-emulator';

/** How to reach a running MariaDB; can be sent to another process. */
export interface MariaDbCoordinates {
  readonly host: string;
  readonly port: number;
  readonly rootPassword: string;
}

/** What tests do to the real server, past the emulator. */
export interface MariaDbAdministration {
  /** Runs one statement as root; resolves to its rows, if it has any. */
  sql(statement: string): Promise<RowDataPacket[]>;
  createDatabase(name: string): Promise<void>;
  /** Makes a user with a random password and every privilege on `database`, or everywhere. */
  createUser(username: string, database?: string): Promise<BackendUser>;
}

const quoteName = (name: string) => `\`${name.replaceAll('`', '``')}\``;

/** The administration of the server at these coordinates. */
export function administer({
  host,
  port,
  rootPassword,
}: MariaDbCoordinates): MariaDbAdministration {
  const sql = async (statement: string): Promise<RowDataPacket[]> => {
    const connection = await createConnection({ host, port, user: 'root', password: rootPassword });
    try {
      const [result] = await connection.query<RowDataPacket[]>(statement);
      return Array.isArray(result) ? result : [];
    } finally {
      await connection.end();
    }
  };

  return {
    sql,
    createDatabase: async (name) => {
      await sql(`CREATE DATABASE ${quoteName(name)}`);
    },
    createUser: async (username, database) => {
      const password = randomBytes(16).toString('hex');
      const user = `${quoteName(username)}@'%'`;
      const scope = database === undefined ? '*' : quoteName(database);
      await sql(
        `CREATE USER ${user} IDENTIFIED VIA mysql_native_password USING PASSWORD('${password}')`,
      );
      await sql(`GRANT ALL ON ${scope}.* TO ${user}`);
      return { username, password };
    },
  };
}
