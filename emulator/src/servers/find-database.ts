import { spawnSync } from 'node:child_process';
import { accessSync, constants, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** A kind of database server that can be started here. */
export type DatabaseKind = 'mariadb' | 'postgres';

/** How to start a server: with two programs of this machine, of which one makes the data, or in a container. */
export type DatabaseProgram =
  | { readonly kind: 'local'; readonly server: string; readonly installer: string }
  | { readonly kind: 'docker'; readonly docker: string; readonly image: string };

const SYSTEM_FOLDERS = ['/usr/sbin', '/usr/bin', '/usr/local/bin', '/usr/local/sbin'];
const BREW_PREFIXES = ['/opt/homebrew', '/usr/local', '/home/linuxbrew/.linuxbrew'];

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    // Missing and forbidden mean the same here: look further.
    return false;
  }
}

/** The folders in `parent` whose name begins so, the highest version first: `postgresql@16` before `postgresql@9`. */
function versions(parent: string, prefix = ''): string[] {
  try {
    return readdirSync(parent)
      .filter((name) => name.startsWith(prefix))
      .sort((a, b) => b.localeCompare(a, 'en', { numeric: true }))
      .map((name) => join(parent, name));
  } catch {
    // No such folder: nothing is installed there.
    return [];
  }
}

/** Where Homebrew keeps the programs of a formula and of its versions, which are not always linked. */
const brewFolders = (formula: string) =>
  BREW_PREFIXES.flatMap((prefix) => [prefix, ...versions(join(prefix, 'opt'), formula)]).map(
    (folder) => join(folder, 'bin'),
  );

const folders = (others: readonly string[]) => [
  ...(process.env['PATH'] ?? '').split(delimiter).filter(Boolean),
  ...SYSTEM_FOLDERS,
  ...others,
];

const find = (names: readonly string[], others: readonly string[]) =>
  names.flatMap((name) => folders(others).map((folder) => join(folder, name))).find(isExecutable);

const DATABASES = {
  mariadb: {
    find: () => {
      const server = find(['mariadbd', 'mysqld'], brewFolders('mariadb'));
      // A MySQL server answers to `mysqld` too, but it has no such installer.
      const installer = find(['mariadb-install-db', 'mysql_install_db'], brewFolders('mariadb'));
      return server && installer ? { server, installer } : undefined;
    },
    image: 'mariadb:10.11',
    hint: 'No MariaDB server was found: install one (Debian or Ubuntu: apt-get install mariadb-server-core mariadb-client-core; macOS: brew install mariadb) or start Docker',
  },
  postgres: {
    find: () => {
      // The two must be of one version.
      const folder = folders([
        ...versions('/usr/lib/postgresql').map((version) => join(version, 'bin')),
        ...versions('/usr', 'pgsql-').map((version) => join(version, 'bin')),
        ...brewFolders('postgresql'),
      ]).find((each) => ['postgres', 'initdb'].every((name) => isExecutable(join(each, name))));
      return folder && { server: join(folder, 'postgres'), installer: join(folder, 'initdb') };
    },
    image: 'postgres:16',
    hint: 'No PostgreSQL server was found: install one (Debian or Ubuntu: apt-get install postgresql; macOS: brew install postgresql@16) or start Docker',
  },
};

function findDocker(image: string): DatabaseProgram | undefined {
  const docker = find(['docker'], []);
  const isReachable = docker !== undefined && spawnSync(docker, ['info']).status === 0;
  return isReachable ? { kind: 'docker', docker, image } : undefined;
}

/**
 * Looks for the programs of this machine with which {@link startDatabase} would start a server, then for Docker.
 *
 * @throws {Error} with the sentence that says what to install, when there is neither.
 */
export function findDatabase(kind: DatabaseKind): DatabaseProgram {
  const { find: findPrograms, image, hint } = DATABASES[kind];
  const programs = findPrograms();
  if (programs) return { kind: 'local', ...programs };
  const docker = findDocker(image);
  if (!docker) throw new Error(hint);
  return docker;
}
