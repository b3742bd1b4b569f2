import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { createServer, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findMariaDb, type MariaDbProgram } from './databases';
import {
  administer,
  type MariaDbAdministration,
  type MariaDbCoordinates,
} from './mariadb-administration';

const HOST = '127.0.0.1';
const START_TIMEOUT_MS = 60_000;
const START_ATTEMPTS = 3;

/** A private MariaDB server that goes away with the process that started it. */
export interface MariaDbServer extends MariaDbCoordinates, MariaDbAdministration {
  stop(): Promise<void>;
}

/**
 * Makes the data, runs the server, and removes both when standard input ends: `stop()` closes it, and so does any death of the parent.
 * The server is this shell's own child, so its process id cannot have become another program's.
 */
const WATCHDOG = `
folder=$1; install=$2; docker=$3; user=$4; shift 4
if [ -n "$install" ]; then
  "$install" --no-defaults --datadir="$folder/data" --tmpdir="$folder" $user --auth-root-authentication-method=normal \\
    --skip-test-db --skip-name-resolve --innodb-log-file-size=4M </dev/null >&2 || { rm -rf "$folder"; exit 1; }
fi
"$@" & server=$!
exec 2>/dev/null >/dev/null
cat >/dev/null
kill -KILL $server; wait $server
if [ -n "$docker" ]; then "$docker" rm -f "$(basename "$folder")"; fi
rm -rf "$folder"
`;

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, HOST);
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  if (address === null || typeof address === 'string') throw new Error('No free port was found');
  return address.port;
}

const runAs = () => (process.getuid?.() === 0 ? ['--user=root'] : []);

/** The command that runs the server in the foreground, in either world. */
function serverCommand(
  program: MariaDbProgram,
  folder: string,
  port: number,
  rootPassword: string,
): string[] {
  const settings = [
    '--max-connections=1000',
    '--skip-name-resolve',
    '--innodb-buffer-pool-size=32M',
  ];
  if (program.kind === 'docker') {
    const name = folder.split('/').at(-1) ?? '';
    const container = ['run', '--rm', '--name', name, '--publish', `${HOST}:${port}:3306`];
    const root = ['--env', `MARIADB_ROOT_PASSWORD=${rootPassword}`, '--env', 'MARIADB_ROOT_HOST=%'];
    return [program.docker, ...container, ...root, program.image, ...settings];
  }
  const init = join(folder, 'init.sql');
  writeFileSync(
    init,
    [
      "DELETE FROM mysql.global_priv WHERE User IN ('root', '');",
      'FLUSH PRIVILEGES;',
      `CREATE USER root@'%' IDENTIFIED BY '${rootPassword}';`,
      "GRANT ALL ON *.* TO root@'%' WITH GRANT OPTION;",
    ].join('\n'),
    { mode: 0o600 },
  );
  return [
    program.server,
    '--no-defaults',
    ...runAs(),
    `--datadir=${join(folder, 'data')}`,
    `--tmpdir=${folder}`,
    `--socket=${join(folder, 'server.sock')}`,
    `--pid-file=${join(folder, 'server.pid')}`,
    `--init-file=${init}`,
    `--bind-address=${HOST}`,
    `--port=${port}`,
    '--innodb-log-file-size=4M',
    '--innodb-flush-log-at-trx-commit=0',
    ...settings,
  ];
}

/** Resolves when the server says that it listens on TCP; rejects with its own words when it ends before. */
function whenReady(watchdog: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = '';
    const giveUp = () => reject(new Error(`MariaDB did not start:\n${said.slice(-2000)}`));
    const timer = setTimeout(giveUp, START_TIMEOUT_MS);
    const listen = (bytes: Buffer) => {
      said += bytes.toString();
      // "port: 0" is the container's own first round, while it sets itself up.
      if (/^Version: .*port: [1-9]/m.test(said)) {
        clearTimeout(timer);
        watchdog.stderr?.off('data', listen).resume();
        resolve();
      }
    };
    watchdog.stderr?.on('data', listen).once('end', () => {
      clearTimeout(timer);
      giveUp();
    });
  });
}

async function startOnce(program: MariaDbProgram): Promise<MariaDbServer> {
  const folder = mkdtempSync(join(tmpdir(), 'sequelize-rds-iam-mariadb-'));
  const rootPassword = randomBytes(16).toString('hex');
  const port = await freePort();
  const command = serverCommand(program, folder, port, rootPassword);
  const [install, docker] =
    program.kind === 'local' ? [program.installDb, ''] : ['', program.docker];
  const args = [folder, install, docker, runAs().join(), ...command];
  // A group of its own: Ctrl-C in the terminal must not end the watchdog before its work.
  const watchdog = spawn('/bin/sh', ['-c', WATCHDOG, 'watchdog', ...args], {
    stdio: ['pipe', 'ignore', 'pipe'],
    detached: true,
  });
  const stop = async () => {
    watchdog.ref();
    if (watchdog.exitCode !== null || watchdog.signalCode !== null) return;
    const gone = once(watchdog, 'exit');
    watchdog.stdin.end();
    await gone;
  };
  try {
    await whenReady(watchdog);
  } catch (error) {
    await stop();
    throw error;
  }
  letParentLeave(watchdog);
  const coordinates = { host: HOST, port, rootPassword };
  return { ...coordinates, ...administer(coordinates), stop };
}

/** Whoever forgets `stop()` can still exit; the watchdog then does its work. */
function letParentLeave(watchdog: ChildProcess): void {
  watchdog.unref();
  for (const stream of [watchdog.stdin, watchdog.stderr])
    if (stream instanceof Socket) stream.unref();
}

/** Starts an empty MariaDB on a free loopback port with its own temporary data. */
export async function startMariaDb(): Promise<MariaDbServer> {
  const program = findMariaDb();
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await startOnce(program);
    } catch (error) {
      // Another program may have taken the free port in between.
      const portTaken = error instanceof Error && error.message.includes('Address already in use');
      if (!portTaken || attempt === START_ATTEMPTS) throw error;
    }
  }
}
