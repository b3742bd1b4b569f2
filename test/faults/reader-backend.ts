import type { Backend } from 'rds-iam-emulator';
import { mariaDb, postgres } from '../harness/backend';
import { startMariaDb } from '../harness/mariadb-server';
import { administer as administerPostgres } from '../harness/postgres-administration';
import type { Settings } from './experiment';
import type { Stage } from './stage';

const DATABASE = 'app';
let readers = 0;

const prepared = new WeakMap<Stage, Backend>();

/** Starts the database that the writer becomes. */
export async function prepareReader(stage: Stage): Promise<Settings> {
  const start = stage.cell.dialect === 'postgres' ? readOnlyRole : readOnlyServer;
  prepared.set(stage, await start(stage));
  return {};
}

/** Puts it behind the writer, and cuts the writer's connections, as a failover does. Resolves to the way back. */
export async function turnIntoReader(stage: Stage): Promise<() => Promise<void>> {
  const { emulator, username } = stage.cluster.writer;
  const { host, port, users } = stage.cell.dialect === 'postgres' ? postgres() : mariaDb();
  const lead = async (backend: Backend) => {
    await emulator.setBackend(backend);
    await emulator.killConnections();
  };
  const reader = prepared.get(stage);
  const [account] = Object.values(reader?.users ?? {});
  if (reader === undefined || account === undefined) throw new Error('There is no reader');
  await lead({ ...reader, users: { [username]: account } });
  return () => lead({ host, port, users: { [username]: users.app } });
}

/** A user of the run's PostgreSQL whose transactions are read-only, as all are on a replica: its error is the same. */
async function readOnlyRole(): Promise<Backend> {
  const { host, port, ...coordinates } = postgres();
  const server = administerPostgres({ host, port, ...coordinates });
  readers += 1;
  const user = await server.createUser(`reader_${process.pid}_${readers}`);
  await server.sql(`ALTER ROLE ${user.username} SET default_transaction_read_only = on`);
  return { host, port, users: { [user.username]: user } };
}

/** A MariaDB of its own, because `read_only` is for the whole server. */
async function readOnlyServer({ ledger, onClose }: Stage): Promise<Backend> {
  const server = await startMariaDb();
  onClose(() => server.stop());
  await server.createDatabase(DATABASE);
  const user = await server.createUser('reader', DATABASE);
  await server.sql(`CREATE TABLE ${DATABASE}.${ledger.table} (id VARCHAR(60), half INT)`);
  await server.sql('SET GLOBAL read_only = 1');
  return { host: server.host, port: server.port, users: { [user.username]: user } };
}
