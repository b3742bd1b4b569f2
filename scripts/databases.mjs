/**
 * Finds the programs that the tests and the demo need besides Node, or installs them.
 *
 * The database servers (`findOrInstall('mariadb')`, `findOrInstall('postgres')`, `findOrInstall('redis')`) and the witnesses, other people's programs that
 * make tokens or log in with them (`findOrInstallWitnesses()`), are looked for in the usual places; else installed by `apt-get`
 * when this is root on Debian or Ubuntu, saying so first. `SEQUELIZE_RDS_IAM_NO_INSTALL=1` forbids that. Nothing here uses sudo,
 * and no server of the machine's own is touched, made or started.
 *
 * As a command, `node scripts/databases.mjs mariadb|postgres|redis|witnesses` prints the findings as JSON.
 */
import { fileURLToPath } from 'node:url';
import { findDatabase } from 'rds-iam-emulator';
import { aptInstall, brewFolders, find, run } from './programs.mjs';

/** The programs of this machine that run a database server; the package says where it looks for them. */
const findLocal = (kind) => {
  try {
    const program = findDatabase(kind);
    return program.kind === 'local' ? program : undefined;
  } catch {
    // Not found: it may be installable.
    return undefined;
  }
};

const databases = {
  mariadb: {
    find: () => findLocal('mariadb'),
    packages: ['mariadb-server-core', 'mariadb-client-core'],
    withoutRunning: [],
    fallBack: () => findDatabase('mariadb'),
  },
  postgres: {
    find: () => findLocal('postgres'),
    packages: ['postgresql'],
    // Debian's package makes a server of its own on port 5432 and starts it, and starts what an earlier one left.
    withoutRunning: ['pg_createcluster', 'invoke-rc.d', 'deb-systemd-invoke'],
    fallBack: () => findDatabase('postgres'),
  },
  redis: {
    find: () => {
      // One program under two names: as `redis-check-rdb` it comes with Debian's redis-tools, which, unlike redis-server, has no service.
      const names = ['redis-server', 'valkey-server', 'redis-check-rdb', 'valkey-check-rdb'];
      const server = find(names, [...brewFolders('redis'), ...brewFolders('valkey')]);
      return server && { kind: 'local', server };
    },
    packages: ['redis-tools'],
    withoutRunning: [],
    fallBack: () => {
      const docker = find(['docker']);
      if (docker && run(docker, ['info'])) return { kind: 'docker', docker, image: 'redis:7.2' };
      throw new Error(
        'No Redis server was found: install one (Debian or Ubuntu: apt-get install redis-tools; macOS: brew install redis) or start Docker',
      );
    },
  },
};

/**
 * A way to start a server: the programs of this machine, installed first where that is possible, or Docker.
 *
 * @param {'mariadb' | 'postgres' | 'redis'} name
 * @returns {{ kind: 'local', server: string } | { kind: 'docker', docker: string, image: string }}
 */
export function findOrInstall(name) {
  const database = Object.hasOwn(databases, name) ? databases[name] : undefined;
  if (!database)
    throw new Error(`Unknown database ${name}: known are ${Object.keys(databases).join(', ')}`);
  const { packages, withoutRunning } = database;
  return (
    database.find() ||
    (aptInstall(packages, { withoutRunning }) && database.find()) ||
    database.fallBack()
  );
}

const witnesses = {
  aws: {
    packages: ['awscli'],
    // The system's own first: a version manager's shim may stand on PATH for a program that is not there.
    find: () => ['/usr/bin/aws', find(['aws'])].find((path) => path && run(path, ['--version'])),
    hint: 'The AWS CLI was not found: install it (Debian or Ubuntu: apt-get install awscli; macOS: brew install awscli)',
  },
  python: {
    packages: ['python3-boto3', 'python3-pymysql', 'python3-psycopg2'],
    find: () =>
      ['/usr/bin/python3', find(['python3'])].find(
        (path) => path && run(path, ['-c', 'import boto3, pymysql, psycopg2']),
      ),
    hint: 'Python 3 with boto3, PyMySQL and psycopg2 was not found: install them (Debian or Ubuntu: apt-get install python3-boto3 python3-pymysql python3-psycopg2; elsewhere: pip install boto3 PyMySQL psycopg2-binary)',
  },
  mariadb: {
    packages: ['mariadb-client-core'],
    find: () => find(['mariadb'], brewFolders('mariadb')),
    hint: 'The mariadb command-line client was not found: install it (Debian or Ubuntu: apt-get install mariadb-client-core; macOS: brew install mariadb)',
  },
  psql: {
    packages: ['postgresql-client'],
    find: () => find(['psql'], [...brewFolders('libpq'), ...brewFolders('postgresql')]),
    hint: 'The psql command-line client was not found: install it (Debian or Ubuntu: apt-get install postgresql-client; macOS: brew install libpq)',
  },
};

/**
 * The programs of others that the tests compare with: for each, its path, or the sentence that says what to install.
 *
 * @returns {Record<'aws' | 'python' | 'mariadb' | 'psql', { path: string } | { missing: string }>}
 */
export function findOrInstallWitnesses() {
  const missing = Object.values(witnesses).filter((witness) => !witness.find());
  if (missing.length > 0) aptInstall(missing.flatMap((witness) => witness.packages));
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
