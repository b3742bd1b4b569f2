import { randomBytes } from 'node:crypto';
import type { BackendTarget } from './backend-url';
import type { DatabaseUser, RequestedUser } from './requested-user';
import { UsageError } from '../usage-error';

/** The kind of server that answers. */
export type BackendEngine = 'mysql' | 'mariadb' | 'postgres';

/** What the emulator does in a backend; each call uses a connection of its own. */
export interface Administration {
  readonly engine: BackendEngine;
  createDatabase(name: string): Promise<void>;
  exists(username: string): Promise<boolean>;
  /** Creates a user who may do everything in the database of the URL. */
  create(user: DatabaseUser): Promise<void>;
  /** Ends the user's sessions and removes the user; what the user owns becomes the administrator's. */
  remove(username: string): Promise<void>;
  /** Rejects when the password is not the user's. */
  tryPassword(user: DatabaseUser): Promise<void>;
}

// Letters of both cases, digits and a special character: some servers insist on them.
const newPassword = () => `Aa1-${randomBytes(24).toString('base64url')}`;

const codeOf = (error: unknown) =>
  error instanceof Error && 'code' in error ? String(error.code) : undefined;

const where = ({ host, port }: BackendTarget) => `${host}:${port}`;

const redacted = (error: unknown, secrets: Iterable<string>) => {
  let message = error instanceof Error ? error.message : String(error);
  for (const secret of secrets) if (secret) message = message.replaceAll(secret, '***');
  return message;
};

/** What to do about an error of the administrator's connection or of a statement, with none of the secrets. */
export function explain(error: unknown, target: BackendTarget, secrets: Iterable<string>): Error {
  if (error instanceof UsageError) return error;
  const { username, database } = target;
  // A server quotes the statement that it does not understand.
  const said = redacted(error, secrets);
  switch (codeOf(error)) {
    case 'ECONNREFUSED':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
    case 'ETIMEDOUT':
    case 'EHOSTUNREACH':
      return new UsageError(
        `backend: no database server answers at ${where(target)}: start it, or correct the host and the port`,
      );
    case 'ER_ACCESS_DENIED_ERROR':
    case '28P01':
    case '28000':
      return new UsageError(
        `backend: the server at ${where(target)} refuses ${username}: correct the user name and the password in the URL (it said: ${said})`,
      );
    case 'ER_BAD_DB_ERROR':
    case '3D000':
      return new UsageError(
        `backend: the server at ${where(target)} has no database ${database}: create it, or correct the name in the URL`,
      );
    case 'ER_DBACCESS_DENIED_ERROR':
    case 'ER_SPECIFIC_ACCESS_DENIED_ERROR':
    case 'ER_TABLEACCESS_DENIED_ERROR':
    case '42501':
      return new UsageError(
        `backend: ${username} may not administer users in ${database}: name an administrator in the URL, or users that exist, as name:password (it said: ${said})`,
      );
    default:
      return new Error(said);
  }
}

async function checkExisting(
  administration: Administration,
  { username, password }: RequestedUser,
): Promise<DatabaseUser> {
  if (password === undefined)
    throw new UsageError(
      `user ${username}: this user exists already: write ${username}:password, or name a user that does not exist`,
    );
  try {
    await administration.tryPassword({ username, password });
  } catch (cause) {
    throw new UsageError(`user ${username}: the database does not accept this password`, {
      cause,
    });
  }
  return { username, password };
}

/**
 * Sees to it that these users can log in to the backend. `onCreate` hears of a user before it is created.
 *
 * @throws {UsageError} for a user who exists and whose password is missing or wrong.
 */
export async function prepareUsers(
  administration: Administration,
  requested: readonly RequestedUser[],
  onCreate: (user: DatabaseUser) => void,
): Promise<DatabaseUser[]> {
  const users: DatabaseUser[] = [];
  const missing: string[] = [];
  // First all that can be refused.
  for (const user of requested) {
    if (await administration.exists(user.username))
      users.push(await checkExisting(administration, user));
    else if (user.password !== undefined)
      throw new UsageError(
        `user ${user.username}: no such user exists: leave the password away, and the user is created`,
      );
    else missing.push(user.username);
  }
  for (const username of missing) {
    const user = { username, password: newPassword() };
    onCreate(user);
    await administration.create(user);
    users.push(user);
  }
  return users;
}
