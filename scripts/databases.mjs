/**
 * Finds the programs that the tests and the demo need besides Node, or installs them.
 *
 * A database server (`findOrInstall('mariadb')`) and three witnesses, other people's programs that make tokens or log in with
 * them (`findOrInstallWitnesses()`), are looked for in the usual places; else installed by `apt-get` when this is root on
 * Debian or Ubuntu, saying so first. `SEQUELIZE_RDS_IAM_NO_INSTALL=1` forbids that. Nothing here uses sudo.
 *
 * As a command, `node scripts/databases.mjs mariadb|witnesses` prints the findings as JSON.
 */
import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const DOCKER_IMAGE = 'mariadb:10.11';
const BREW_FOLDERS = ['/opt/homebrew', '/usr/local', '/home/linuxbrew/.linuxbrew'].flatMap(
  (prefix) =>
    ['', '/opt/mariadb', '/opt/mariadb@10.11'].map((formula) => join(prefix, formula, 'bin')),
);
const SYSTEM_FOLDERS = ['/usr/sbin', '/usr/bin', '/usr/local/bin', '/usr/local/sbin'];

const isExecutable = (path) => {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    // Missing and forbidden mean the same here: look further.
    return false;
  }
};

const folders = () => [
  ...(process.env.PATH ?? '').split(delimiter).filter(Boolean),
  ...SYSTEM_FOLDERS,
  ...BREW_FOLDERS,
];

const find = (...names) => {
  const candidates = names.flatMap((name) => folders().map((folder) => join(folder, name)));
  return candidates.find(isExecutable);
};

const run = (command, args, options = {}) =>
  spawnSync(command, args, { encoding: 'utf8', ...options }).status === 0;

const canInstall = () =>
  process.getuid?.() === 0 &&
  isExecutable('/usr/bin/apt-get') &&
  !process.env.SEQUELIZE_RDS_IAM_NO_INSTALL;

/** Installs Debian packages with apt-get, announced on stderr; true when that worked. */
const aptInstall = (...packages) => {
  if (!canInstall()) return false;
  // Another test process may be installing something too.
  const lock = ['-o', 'DPkg::Lock::Timeout=120'];
  const command = [...lock, 'install', '-y', '--no-install-recommends', ...packages];
  console.error(
    `Installing what the tests need: apt-get install ${packages.join(' ')} (SEQUELIZE_RDS_IAM_NO_INSTALL=1 forbids it)`,
  );
  const options = {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  };
  return (
    run('apt-get', command, options) ||
    (run('apt-get', ['update'], options) && run('apt-get', command, options))
  );
};

const localMariaDb = () => {
  const server = find('mariadbd', 'mysqld');
  const installDb = find('mariadb-install-db', 'mysql_install_db');
  // A MySQL server answers to `mysqld` too, but it has no such installer.
  return server && installDb ? { kind: 'local', server, installDb } : undefined;
};

/** The path used where there is neither a server nor apt-get: any machine with a reachable Docker engine. */
const dockerMariaDb = () => {
  const docker = find('docker');
  return docker && run(docker, ['info'])
    ? { kind: 'docker', docker, image: DOCKER_IMAGE }
    : undefined;
};

/**
 * A way to start a MariaDB server.
 *
 * @param {'mariadb'} database
 * @returns {{ kind: 'local', server: string, installDb: string } | { kind: 'docker', docker: string, image: string }}
 */
export function findOrInstall(database) {
  if (database !== 'mariadb')
    throw new Error(`Unknown database ${database}: only mariadb is known`);
  const found = localMariaDb();
  if (found) return found;
  const installed = aptInstall('mariadb-server-core', 'mariadb-client-core') && localMariaDb();
  const usable = installed || dockerMariaDb();
  if (usable) return usable;
  throw new Error(
    'No MariaDB server was found: install one (Debian or Ubuntu: apt-get install mariadb-server-core mariadb-client-core; macOS: brew install mariadb) or start Docker',
  );
}

const witnesses = {
  aws: {
    packages: ['awscli'],
    // The system's own first: a version manager's shim may stand on PATH for a program that is not there.
    find: () => ['/usr/bin/aws', find('aws')].find((path) => path && run(path, ['--version'])),
    hint: 'The AWS CLI was not found: install it (Debian or Ubuntu: apt-get install awscli; macOS: brew install awscli)',
  },
  python: {
    packages: ['python3-boto3'],
    find: () =>
      ['/usr/bin/python3', find('python3')].find(
        (path) => path && run(path, ['-c', 'import boto3']),
      ),
    hint: 'Python 3 with boto3 was not found: install it (Debian or Ubuntu: apt-get install python3-boto3; elsewhere: pip install boto3)',
  },
  mariadb: {
    packages: ['mariadb-client-core'],
    find: () => find('mariadb'),
    hint: 'The mariadb command-line client was not found: install it (Debian or Ubuntu: apt-get install mariadb-client-core; macOS: brew install mariadb)',
  },
};

/**
 * The programs of others that the tests compare with: for each, its path, or the sentence that says what to install.
 *
 * @returns {Record<'aws' | 'python' | 'mariadb', { path: string } | { missing: string }>}
 */
export function findOrInstallWitnesses() {
  const missing = Object.values(witnesses).filter((witness) => !witness.find());
  if (missing.length > 0) aptInstall(...missing.flatMap((witness) => witness.packages));
  return Object.fromEntries(
    Object.entries(witnesses).map(([name, witness]) => {
      const path = witness.find();
      return [name, path ? { path } : { missing: witness.hint }];
    }),
  );
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    const findings =
      process.argv[2] === 'witnesses' ? findOrInstallWitnesses() : findOrInstall(process.argv[2]);
    console.log(JSON.stringify(findings));
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}
