import { createConnection } from 'mysql2/promise';
import { Client } from 'pg';
import type { Emulator } from 'rds-iam-emulator';
import { codeOf } from '../../../test/harness/error-code';
import { signToken } from '../../../test/harness/sign-token';

/** How to differ from a client that does everything right. */
interface Changes {
  readonly username?: string;
  readonly signedPort?: number;
}

type Row = Record<string, unknown>;

/** A token of the emulator's environment. */
function tokenOf({ env, port, hostname, region }: Emulator, changes: Changes = {}): string {
  return signToken({
    hostname,
    region,
    port: changes.signedPort ?? port,
    username: changes.username ?? env['DB_USER'] ?? '',
    accessKeyId: env['AWS_ACCESS_KEY_ID'] ?? '',
    secretAccessKey: env['AWS_SECRET_ACCESS_KEY'] ?? '',
  });
}

async function mysql(emulator: Emulator, statement: string, changes: Changes): Promise<Row[]> {
  const token = tokenOf(emulator, changes);
  const connection = await createConnection({
    host: emulator.host,
    port: emulator.port,
    user: changes.username ?? emulator.env['DB_USER'] ?? '',
    database: emulator.env['DB_NAME'] ?? '',
    password: token,
    ssl: { ca: emulator.ca },
    authPlugins: { mysql_clear_password: () => () => Buffer.from(`${token}\0`) },
  });
  try {
    const [rows] = await connection.query(statement);
    return Array.isArray(rows) ? (rows as Row[]) : [];
  } finally {
    connection.destroy();
  }
}

async function postgres(emulator: Emulator, statement: string, changes: Changes): Promise<Row[]> {
  const client = new Client({
    host: emulator.host,
    port: emulator.port,
    user: changes.username ?? emulator.env['DB_USER'],
    database: emulator.env['DB_NAME'],
    password: tokenOf(emulator, changes),
    ssl: { ca: emulator.ca },
  });
  await client.connect();
  try {
    const { rows } = await client.query<Row>(statement);
    return rows;
  } finally {
    await client.end();
  }
}

/** Logs in with a token and runs one statement. */
export function query(
  emulator: Emulator,
  statement: string,
  changes: Changes = {},
): Promise<Row[]> {
  return emulator.engine === 'postgres'
    ? postgres(emulator, statement, changes)
    : mysql(emulator, statement, changes);
}

/** The same; resolves to the error's code, or `accepted`. */
export async function tryQuery(
  emulator: Emulator,
  statement = 'SELECT 1',
  changes: Changes = {},
): Promise<string> {
  try {
    await query(emulator, statement, changes);
    return 'accepted';
  } catch (error) {
    return codeOf(error);
  }
}
