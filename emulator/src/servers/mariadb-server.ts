import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { findDatabase, type DatabaseProgram } from './find-database';
import {
  containerCommand,
  HOST,
  startPrivateServer,
  type DatabaseServer,
  type Place,
  type Recipe,
} from './private-server';

const SETTINGS = ['--max-connections=1000', '--skip-name-resolve', '--innodb-buffer-pool-size=32M'];
// "port: 0" is the container's own first round, while it sets itself up.
const READY = /^Version: .*port: [1-9]/m;

const runAs = () => (process.getuid?.() === 0 ? ['--user=root'] : []);

function localRecipe(
  program: { readonly server: string; readonly installer: string },
  { folder, port }: Place,
  rootPassword: string,
): Recipe {
  const data = `--datadir=${join(folder, 'data')}`;
  const common = ['--no-defaults', ...runAs(), data, `--tmpdir=${folder}`];
  return {
    files: {
      'init.sql': [
        "DELETE FROM mysql.global_priv WHERE User IN ('root', '');",
        'FLUSH PRIVILEGES;',
        `CREATE USER root@'%' IDENTIFIED BY '${rootPassword}';`,
        "GRANT ALL ON *.* TO root@'%' WITH GRANT OPTION;",
      ].join('\n'),
    },
    prepare: [
      program.installer,
      ...common,
      '--auth-root-authentication-method=normal',
      '--skip-test-db',
      '--skip-name-resolve',
      '--innodb-log-file-size=4M',
    ],
    run: [
      program.server,
      ...common,
      `--socket=${join(folder, 'server.sock')}`,
      `--pid-file=${join(folder, 'server.pid')}`,
      `--init-file=${join(folder, 'init.sql')}`,
      `--bind-address=${HOST}`,
      `--port=${port}`,
      '--innodb-log-file-size=4M',
      '--innodb-flush-log-at-trx-commit=0',
      ...SETTINGS,
    ],
    stopSignal: 'KILL',
    ready: READY,
  };
}

const recipe =
  (program: DatabaseProgram, rootPassword: string) =>
  (place: Place): Recipe => {
    if (program.kind === 'local') return localRecipe(program, place, rootPassword);
    const env = [`MARIADB_ROOT_PASSWORD=${rootPassword}`, 'MARIADB_ROOT_HOST=%'];
    return {
      run: [...containerCommand(program, place, { port: 3306, env }), ...SETTINGS],
      stopSignal: 'KILL',
      ready: READY,
    };
  };

/** Starts an empty MariaDB on a free loopback port with its own temporary data. */
export async function startMariaDb(): Promise<DatabaseServer> {
  const program = findDatabase('mariadb');
  const password = randomBytes(16).toString('hex');
  const { port, stop } = await startPrivateServer({
    name: 'MariaDB',
    ...(program.kind === 'docker' && { docker: program.docker }),
    recipe: recipe(program, password),
  });
  return { host: HOST, port, username: 'root', password, stop };
}
