import type { DatabaseKind } from './find-database';
import { startMariaDb } from './mariadb-server';
import { startPostgres } from './postgres-server';
import type { DatabaseServer } from './private-server';

/**
 * Starts a private server of the machine's own programs on a free loopback port, with its data in a temporary folder.
 *
 * @throws {Error} with the sentence that says what to install, where no server is found.
 */
export function startDatabase(kind: DatabaseKind): Promise<DatabaseServer> {
  return kind === 'mariadb' ? startMariaDb() : startPostgres();
}
