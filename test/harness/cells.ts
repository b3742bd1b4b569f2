import { Sequelize as Sequelize7 } from '@sequelize/core';
import { MariaDbDialect } from '@sequelize/mariadb';
import { MySqlDialect } from '@sequelize/mysql';
import { PostgresDialect } from '@sequelize/postgres';
import * as mariadbFor6 from 'mariadb-3.0';
import { Sequelize as Sequelize6 } from 'sequelize';
import { addIamAuth, type IamAuth, type IamAuthOptions } from 'sequelize-rds-iam';
import {
  type AnyEndpointOptions,
  type Authority,
  createAuthority,
  type Endpoint,
  issueFaultyCertificates,
  type LoginFaults,
  type MySqlEndpointOptions,
} from 'rds-iam-emulator';
import { forkEmulator } from './fork-emulator';
import { until } from './eventually';
import { CREDENTIALS, planEndpoint, type EndpointPlan } from './rds';

/** What the tests do with a Sequelize of either major version. */
export interface AnySequelize {
  authenticate(): Promise<void>;
  query(sql: string, options?: object): Promise<unknown>;
  transaction<T>(work: (transaction: object) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** One combination that the package promises to serve. */
export interface Cell {
  readonly name: string;
  readonly major: 6 | 7;
  readonly dialect: 'mysql' | 'mariadb' | 'postgres';
  readonly replication: boolean;
  /** A query that takes this many seconds and returns one row. */
  readonly sleep: (seconds: number) => string;
}

const majors = [6, 7] as const;
const dialects = ['mysql', 'mariadb', 'postgres'] as const;

/** {Sequelize 6, 7} × {mysql, mariadb, postgres} × {single, replication}, all of them. */
export const cells: readonly Cell[] = majors.flatMap((major) =>
  dialects.flatMap((dialect) =>
    [false, true].map((replication) => ({
      name: `Sequelize ${major}, ${dialect}, ${replication ? 'replication' : 'one host'}`,
      major,
      dialect,
      replication,
      sleep: (seconds: number) =>
        dialect === 'postgres' ? `SELECT pg_sleep(${seconds})` : `SELECT SLEEP(${seconds})`,
    })),
  ),
);

/** Where an application finds one endpoint. */
export interface Place {
  readonly hostname: string;
  readonly username: string;
  readonly emulator: { readonly port: number };
}

/** Where an application finds its endpoints; another process can be told. */
export interface Places {
  readonly writer: Place;
  readonly readers: readonly Place[];
  readonly authority: { readonly caPem: string };
}

/** One endpoint of an application. */
export interface Host extends Place {
  readonly emulator: Endpoint<LoginFaults>;
  /** Starts another emulator on the same port, after `emulator.close()`. */
  readonly restart: () => Promise<void>;
}

/** The endpoints of one application: a writer, and two readers where the cell has replication. */
export interface Cluster extends Places {
  readonly writer: Host;
  readonly readers: readonly Host[];
  readonly all: readonly Host[];
  readonly authority: Authority;
  readonly close: () => Promise<void>;
}

/** How the emulators of a cluster differ from RDS as it should be. */
export interface ClusterOptions {
  readonly authority?: Authority;
  /** Each emulator also has faulty certificates to show; this one issues `other-root`. */
  readonly otherAuthority?: Authority;
  readonly tls?: MySqlEndpointOptions['tls'];
  readonly record?: boolean;
  readonly greeting?: MySqlEndpointOptions['greeting'];
  readonly faults?: object;
}

/** A reader in another Region, and one with a user of its own. */
const READERS: readonly EndpointPlan[] = [{ region: 'us-gov-west-1' }, { username: 'read_only' }];

/** Starts the endpoints that a cell needs, all vouched for by one authority. */
export async function startCluster(
  cell: Cell,
  { authority: given, otherAuthority, ...options }: ClusterOptions = {},
): Promise<Cluster> {
  const authority = given ?? (await createAuthority());
  const engine = cell.dialect === 'postgres' ? 'postgres' : 'mysql';
  const start = async (plan: EndpointPlan): Promise<Host> => {
    const { hostname, username, emulated } = await planEndpoint({ ...plan, engine, authority });
    const tls = otherAuthority && {
      ...emulated.tls,
      faulty: {
        ...(await issueFaultyCertificates(authority, [hostname])),
        'other-root': await otherAuthority.issue({ names: [hostname] }),
      },
    };
    // Which faults an engine knows is for the tests to say.
    const wanted = { engine, ...emulated, ...(tls && { tls }), ...options } as AnyEndpointOptions;
    let emulator = await forkEmulator(wanted);
    const { port } = emulator;
    return {
      hostname,
      username,
      get emulator() {
        return emulator;
      },
      restart: async () => {
        emulator = await forkEmulator({ ...wanted, port });
      },
    };
  };
  const [writer, ...readers] = await Promise.all([
    start({}),
    ...(cell.replication ? READERS.map(start) : []),
  ]);
  const all = [writer, ...readers];
  return {
    writer,
    readers,
    all,
    authority,
    close: async () => {
      await Promise.all(all.map(({ emulator }) => emulator.close()));
    },
  };
}

/** An application's Sequelize with IAM authentication. */
export interface CellApplication {
  readonly sequelize: AnySequelize;
  readonly iam: IamAuth;
}

/** Sequelize's options for a cell, in the words of its major version. */
export function optionsFor(cell: Cell, places: Places, extra: object = {}): object {
  return {
    ...dialectOptionsFor(cell),
    database: 'app',
    logging: false,
    ...hostOptionsFor(cell, places, ({ emulator }) => ({
      host: '127.0.0.1',
      port: emulator.port,
    })),
    ...extra,
  };
}

/** Those of them that say where the endpoints are reached. */
export function hostOptionsFor(
  cell: Cell,
  places: Places,
  addressOf: (rds: Place) => { readonly host: string; readonly port: number },
): object {
  const user = cell.major === 6 ? 'username' : 'user';
  const hostOf = (rds: Place) => ({ ...addressOf(rds), [user]: rds.username });
  return {
    ...hostOf(places.writer),
    ...(cell.replication
      ? { replication: { write: hostOf(places.writer), read: places.readers.map(hostOf) } }
      : {}),
  };
}

/** The dialect and its driver. */
export function dialectOptionsFor({ major, dialect }: Cell): object {
  if (major === 6) {
    return dialect === 'mariadb' ? { dialect, dialectModule: mariadbFor6 } : { dialect };
  }
  return {
    dialect: { mysql: MySqlDialect, mariadb: MariaDbDialect, postgres: PostgresDialect }[dialect],
  };
}

/** The iamAuth options with which an application finds the cluster's endpoints behind their tunnels. */
export function iamAuthFor(places: Places, extra: IamAuthOptions = {}): IamAuthOptions {
  const all = [places.writer, ...places.readers];
  const byPort = new Map(all.map((rds) => [rds.emulator.port, rds.hostname]));
  return {
    endpoint: ({ port }) => ({ hostname: byPort.get(port) }),
    tls: { ca: places.authority.caPem },
    credentials: CREDENTIALS,
    ...extra,
  };
}

/** A Sequelize of the cell's major version; the two classes differ in their options and agree in what the tests call. */
export function createSequelize(cell: Cell, options: object): AnySequelize {
  const create = cell.major === 6 ? Sequelize6 : Sequelize7;
  return new (create as unknown as new (options: object) => AnySequelize)(options);
}

/** An application of the cell that logs in to the cluster. */
export function connectCell(
  cell: Cell,
  places: Places,
  { options = {}, iamAuth = {} }: { options?: object; iamAuth?: IamAuthOptions } = {},
): CellApplication {
  const sequelize = createSequelize(cell, optionsFor(cell, places, options));
  return { sequelize, iam: addIamAuth(sequelize, iamAuthFor(places, iamAuth)) };
}

/**
 * Closes the instance and waits for the connections that it still opens: where the server ends one of those, Sequelize 7 for
 * PostgreSQL rejects a promise that nobody handles.
 */
export async function closeCell({ sequelize, iam }: Partial<CellApplication>): Promise<void> {
  await sequelize?.close();
  await until(() => (iam?.stats.connecting ?? 0) === 0);
}
