import { startMariaDb } from './mariadb-server';
import { startPostgres } from './postgres-server';
import { checkBuilt } from './built-package';
import { publishMariaDb, publishPostgres } from './backend';
import stopServers from './global-teardown';
import { runningServers } from './running-servers';

async function prepareMariaDb(): Promise<void> {
  const server = await startMariaDb();
  runningServers.mariaDb = server;
  const app = await server.createUser('app');
  await server.createDatabase('app');
  const { host, port, rootPassword } = server;
  publishMariaDb({ host, port, rootPassword, users: { app } });
}

async function preparePostgres(): Promise<void> {
  const server = await startPostgres();
  runningServers.postgres = server;
  await server.createDatabase('app');
  const app = await server.createUser('app', 'app');
  const { host, port, superuserPassword } = server;
  publishPostgres({ host, port, superuserPassword, users: { app } });
}

/** Starts the servers of the run; without one the run fails, for a skipped test would look like a passed one. */
export default async function globalSetup(): Promise<void> {
  checkBuilt();
  const results = await Promise.allSettled([prepareMariaDb(), preparePostgres()]);
  const errors = results.flatMap((result): unknown[] =>
    result.status === 'rejected' ? [result.reason] : [],
  );
  if (errors.length === 0) return;
  await stopServers();
  throw new AggregateError(
    errors,
    `The integration tests need MariaDB and PostgreSQL and could not get them: ${errors.join('; ')}`,
  );
}
