import { randomBytes } from 'node:crypto';
import type { Undo } from '../../examples/demo/undo';
import {
  type BackendAddress,
  type BackendUser,
  createAuthority,
  type Endpoint,
  type LoginFaults,
} from 'rds-iam-emulator';
import { startMariaDb } from '../harness/mariadb-server';
import { startPostgres } from '../harness/postgres-server';
import { forkEmulator } from '../harness/fork-emulator';

export const DIALECTS = ['mysql', 'postgres'] as const;
export type Dialect = (typeof DIALECTS)[number];

const REGION = 'ap-northeast-1';
const HOSTNAME = `witness.cluster-example.${REGION}.rds.amazonaws.com`;
/** As Sequelize's own configuration has them. */
const USERNAME = 'sequelize_test';
const DATABASE = 'sequelize_test';
const EXTENSIONS = ['btree_gist', 'citext', 'hstore'];

/** An emulated RDS endpoint with no throttle, in front of an empty server, and how the tests reach it: as if through a tunnel. */
export interface Stage {
  readonly emulator: Pick<Endpoint<LoginFaults>, 'attempts'>;
  readonly endpoint: { readonly hostname: string; readonly port: number; readonly region: string };
  readonly caPem: string;
  /** What Sequelize's test/config/config.js and the AWS SDK read. */
  readonly env: Readonly<Record<string, string>>;
}

type Backend = BackendAddress & { readonly users: Readonly<Record<string, BackendUser>> };

async function startMySqlBackend(undo: Undo): Promise<Backend> {
  const server = await startMariaDb();
  undo.add(() => server.stop());
  await server.createDatabase(DATABASE);
  const { host, port } = server;
  return { host, port, users: { [USERNAME]: await server.createUser(USERNAME) } };
}

async function startPostgresBackend(undo: Undo): Promise<Backend> {
  const server = await startPostgres();
  undo.add(() => server.stop());
  await server.createDatabase(DATABASE);
  const user = await server.createUser(USERNAME, DATABASE);
  // The tests make extensions and schemas.
  await server.sql(`ALTER ROLE ${USERNAME} SUPERUSER`);
  for (const extension of EXTENSIONS) await server.sql(`CREATE EXTENSION ${extension}`, DATABASE);
  const { host, port } = server;
  return { host, port, users: { [USERNAME]: user } };
}

/** Starts a server and an emulator of their own for one run of the suite. */
export async function startStage(dialect: Dialect, undo: Undo): Promise<Stage> {
  const backend = await (dialect === 'mysql' ? startMySqlBackend : startPostgresBackend)(undo);
  const authority = await createAuthority();
  const accessKeyId = 'AKIAWITNESSEXAMPLE';
  const secretAccessKey = randomBytes(30).toString('base64');
  const emulator = await forkEmulator({
    engine: dialect,
    backend,
    endpoint: { hostname: HOSTNAME, region: REGION },
    credentials: { [accessKeyId]: { secretAccessKey } },
    tls: await authority.issue({ names: [HOSTNAME] }),
  });
  // Ctrl-C in a terminal ends the emulator's process too, before it can be asked to end.
  undo.add(() => emulator.close().catch(() => undefined));
  const { host, port } = emulator;
  const prefix = dialect === 'mysql' ? 'SEQ_MYSQL' : 'SEQ_PG';
  return {
    emulator,
    endpoint: { hostname: HOSTNAME, port, region: REGION },
    caPem: authority.caPem,
    env: {
      DIALECT: dialect,
      [`${prefix}_HOST`]: host,
      [`${prefix}_PORT`]: String(port),
      [`${prefix}_USER`]: USERNAME,
      [`${prefix}_DB`]: DATABASE,
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
    },
  };
}
