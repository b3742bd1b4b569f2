import { startMariaDb } from '../emulator/mariadb-server';
import { publishMariaDb } from './backend';
import { runningServer } from './running-server';

/** Starts the MariaDB of the run; without one the run fails, for a skipped test would look like a passed one. */
export default async function globalSetup(): Promise<void> {
  try {
    const server = await startMariaDb();
    runningServer.mariaDb = server;
    const app = await server.createUser('app');
    await server.createDatabase('app');
    const { host, port, rootPassword } = server;
    publishMariaDb({ host, port, rootPassword, users: { app } });
  } catch (error) {
    console.error('\nThe integration tests need a MariaDB server and could not get one.\n');
    throw error;
  }
}
