import { createAuthority } from 'rds-iam-emulator';
import { forkEmulator } from '../harness/fork-emulator';
import { administer } from '../harness/mariadb-administration';
import { administer as administerPostgres } from '../harness/postgres-administration';
import { mariaDb, postgres } from '../harness/backend';
import { withoutAws } from '../harness/named-rds';
import { CREDENTIALS, planEndpoint } from '../harness/rds';
import { join } from 'node:path';
import type { Engine } from './consumer';

const RESOLVE_RDS_NAMES = join(__dirname, '../fixtures/resolve-rds-names.cjs');

/** A second database, for applications that use two. */
const OTHER = 'consumers_other';

/**
 * What is inherited from npm, Jest and the developer's shell would point back to this repository. With `CI`, package managers refuse to
 * install what no lock file names.
 */
const INHERITED =
  /^(npm_(package|lifecycle|config_local)|NODE_(?!EXTRA_CA_CERTS$)|JEST_|INIT_CWD|FORCE_COLOR|CI$)/;

/** An emulated RDS for each engine, for all consumers, and the table that they write to. */
export interface Endpoints {
  /** How a consumer reaches one, and nothing else of this machine's. */
  readonly environment: (engine: Engine, visitor: string) => NodeJS.ProcessEnv;
  /** How many rows this visitor left. */
  readonly visits: (engine: Engine, visitor: string) => Promise<number>;
  readonly close: () => Promise<void>;
}

/** Starts them in front of the run's servers. */
export async function startEndpoints(): Promise<Endpoints> {
  const [mysql, pg] = await Promise.all([planEndpoint({}), planEndpoint({ engine: 'postgres' })]);
  const stranger = await createAuthority();
  const { region } = mysql.emulated.endpoint;
  const emulators = {
    mysql: await forkEmulator({
      engine: 'mysql',
      ...mysql.emulated,
      endpoint: { hostname: mysql.hostname, region },
    }),
    postgres: await forkEmulator({
      engine: 'postgres',
      ...pg.emulated,
      endpoint: { hostname: pg.hostname, region },
    }),
  };
  const plans = { mysql, postgres: pg };
  const sql = await createTables();

  return {
    environment: (engine, visitor) => ({
      ...outside(),
      ...databaseVariables(plans[engine], emulators[engine].port),
      VISITOR: visitor,
      OTHER_DB: OTHER,
      OTHER_CA: stranger.caPem,
      OTHER_HOST: `other.${mysql.hostname}`,
      AWS_ACCESS_KEY_ID: CREDENTIALS.accessKeyId,
      AWS_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey,
      AWS_SESSION_TOKEN: CREDENTIALS.sessionToken,
      NODE_OPTIONS: `--require ${JSON.stringify(RESOLVE_RDS_NAMES)}`,
    }),
    visits: (engine, visitor) => sql[engine](visitor),
    close: async () => {
      await Promise.all(Object.values(emulators).map((emulator) => emulator.close()));
    },
  };
}

/** The environment of a developer who has never seen this repository. */
export function outside(): NodeJS.ProcessEnv {
  const entries = Object.entries(withoutAws(process.env)).filter(([name]) => !INHERITED.test(name));
  const folders = (process.env['PATH'] ?? '').split(':');
  return {
    ...Object.fromEntries(entries),
    PATH: folders.filter((folder) => !folder.includes('node_modules')).join(':'),
  };
}

function databaseVariables(
  { hostname, username, authority }: Awaited<ReturnType<typeof planEndpoint>>,
  port: number,
) {
  return {
    DB_HOST: hostname,
    DB_PORT: String(port),
    DB_USER: username,
    DB_NAME: 'app',
    DB_CA: authority.caPem,
  };
}

type Count = (visitor: string) => Promise<number>;

/** Returns how to count a visitor's rows.  */
async function createTables(): Promise<Readonly<Record<Engine, Count>>> {
  const mysql = administer(mariaDb());
  await mysql.createDatabase(OTHER);
  for (const database of ['app', OTHER]) {
    await mysql.sql(
      `CREATE TABLE ${database}.Visits (id INT AUTO_INCREMENT PRIMARY KEY, visitor VARCHAR(255))`,
    );
  }
  const { users, ...coordinates } = postgres();
  const pg = administerPostgres(coordinates);
  await pg.sql('CREATE TABLE "Visits" (id SERIAL PRIMARY KEY, visitor TEXT)', 'app');
  await pg.sql(`ALTER TABLE "Visits" OWNER TO ${users.app.username}`, 'app');

  const count = 'SELECT id FROM';
  return {
    mysql: async (visitor) => {
      const rows = ['app', OTHER].map((database) =>
        mysql.sql(`${count} ${database}.Visits WHERE visitor = '${visitor}'`),
      );
      return (await Promise.all(rows)).flat().length;
    },
    postgres: async (visitor) =>
      (await pg.sql(`${count} "Visits" WHERE visitor = '${visitor}'`, 'app')).length,
  };
}
