import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { findDatabase, type DatabaseProgram } from './find-database';
import { unprivilegedOwner } from './owner';
import {
  containerCommand,
  HOST,
  startPrivateServer,
  type DatabaseServer,
  type Place,
  type Recipe,
} from './private-server';

const SUPERUSER = 'postgres';

// Nothing here outlives the run, so nothing has to be safe on disk.
const SETTINGS = Object.entries({
  max_connections: '400',
  shared_buffers: '32MB',
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  autovacuum: 'off',
  // Files of the data folder, where other kinds lie in /dev/shm and outlive a server that was killed.
  dynamic_shared_memory_type: 'mmap',
}).flatMap(([name, value]) => ['-c', `${name}=${value}`]);

// The container's own first round, while it sets itself up, does not listen on TCP.
const READY = /listening on IPv4 address[^]*ready to accept connections/;

// In clear over loopback: SCRAM costs each login some milliseconds. Stored passwords are SCRAM verifiers all the same.
const AUTHENTICATION = 'password';

function localRecipe(
  program: { readonly server: string; readonly installer: string },
  { folder, port }: Place,
  superuserPassword: string,
): Recipe {
  const data = join(folder, 'data');
  const passwordFile = join(folder, 'password');
  return {
    files: { password: superuserPassword },
    prepare: [
      program.installer,
      `--pgdata=${data}`,
      `--username=${SUPERUSER}`,
      `--pwfile=${passwordFile}`,
      '--auth-local=reject',
      `--auth-host=${AUTHENTICATION}`,
      '--encoding=UTF8',
      '--locale=C',
      '--no-sync',
    ],
    run: [
      program.server,
      '-D',
      data,
      '-p',
      String(port),
      ...['-c', `listen_addresses=${HOST}`, '-c', 'unix_socket_directories='],
      ...SETTINGS,
    ],
    // An immediate shutdown: PostgreSQL ends its processes and gives its shared memory back, which KILL would leave.
    stopSignal: 'QUIT',
    ready: READY,
  };
}

const recipe =
  (program: DatabaseProgram, superuserPassword: string) =>
  (place: Place): Recipe => {
    if (program.kind === 'local') return localRecipe(program, place, superuserPassword);
    const env = [
      `POSTGRES_PASSWORD=${superuserPassword}`,
      `POSTGRES_HOST_AUTH_METHOD=${AUTHENTICATION}`,
    ];
    return {
      run: [...containerCommand(program, place, { port: 5432, env }), ...SETTINGS],
      stopSignal: 'KILL',
      ready: READY,
    };
  };

/** Starts an empty PostgreSQL on a free loopback port with its own temporary data. */
export async function startPostgres(): Promise<DatabaseServer> {
  const program = findDatabase('postgres');
  const password = randomBytes(16).toString('hex');
  const owner = program.kind === 'local' ? unprivilegedOwner() : undefined;
  const { port, stop } = await startPrivateServer({
    name: 'PostgreSQL',
    ...(program.kind === 'docker' && { docker: program.docker }),
    // PostgreSQL refuses to run as root.
    ...(owner && { owner }),
    recipe: recipe(program, password),
  });
  return { host: HOST, port, username: SUPERUSER, password, stop };
}
