import { forkMySqlEmulator } from '../emulator/fork-mysql-emulator';
import { startMariaDb } from '../emulator/mariadb-server';

/** A program that starts servers and waits to be killed; it says where they are. */
async function main(): Promise<void> {
  const server = await startMariaDb();
  const emulator = await forkMySqlEmulator({
    endpoint: { hostname: 'localhost', region: 'eu-west-1' },
    credentials: {},
    tls: false,
  });
  const [row] = await server.sql('SELECT @@datadir AS folder');
  process.stdout.write(
    `${JSON.stringify({ ports: [server.port, emulator.port], folder: String(row?.['folder']) })}\n`,
  );
}

void main();
