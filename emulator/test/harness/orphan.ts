import { forkEmulator } from '../../../test/harness/fork-emulator';
import { startMariaDb } from '../../../test/harness/mariadb-server';
import { startPostgres } from '../../../test/harness/postgres-server';

const EMULATOR = {
  endpoint: { hostname: 'localhost', region: 'eu-west-1' },
  credentials: {},
  tls: false,
} as const;

/** A program that starts servers and waits to be killed; it says where they are. */
async function main(): Promise<void> {
  const servers = await Promise.all([startMariaDb(), startPostgres()]);
  const emulators = await Promise.all([
    forkEmulator({ engine: 'mysql', ...EMULATOR }),
    forkEmulator({ engine: 'postgres', ...EMULATOR }),
  ]);
  const [mariaDb, postgres] = servers;
  const [[ofMariaDb], [ofPostgres]] = await Promise.all([
    mariaDb.sql('SELECT @@datadir AS folder'),
    postgres.sql("SELECT current_setting('data_directory') AS folder"),
  ]);
  const ports = [...servers, ...emulators].map(({ port }) => port);
  const folders = [ofMariaDb, ofPostgres].map((row) => String(row?.['folder']));
  process.stdout.write(`${JSON.stringify({ ports, folders })}\n`);
}

void main();
