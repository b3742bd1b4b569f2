import { UsageError } from '../usage-error';

/** Who can log in to the backend. */
export interface DatabaseUser {
  readonly username: string;
  readonly password: string;
}

/** A database user that is to log in with IAM; the password is that of a user who exists. */
export interface RequestedUser {
  readonly username: string;
  readonly password?: string;
}

/**
 * Parses `name`, or `name:password` for a user who exists.
 *
 * @throws {UsageError} when there is none, or one of them twice.
 */
export function parseRequestedUsers(texts: readonly string[]): RequestedUser[] {
  if (texts.length === 0)
    throw new UsageError('user is missing: name the database user of the application');
  const users = texts.map((text) => {
    const colon = text.indexOf(':');
    return colon < 0
      ? { username: text }
      : { username: text.slice(0, colon), password: text.slice(colon + 1) };
  });
  for (const [index, { username }] of users.entries()) {
    if (username === '') throw new UsageError('user has no name: write name or name:password');
    if (users.findIndex((other) => other.username === username) !== index)
      throw new UsageError(`user names ${username} twice: name each user once`);
  }
  return users;
}
