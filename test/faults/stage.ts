import { setTimeout as delay } from 'node:timers/promises';
import { createAuthority, type Attempt, type Authority } from 'rds-iam-emulator';
import {
  closeCell,
  connectCell,
  startCluster,
  type Cell,
  type CellApplication,
  type Cluster,
  type Host,
} from '../harness/cells';
import { startEcsCredentials, type EcsCredentials } from '../harness/credential-services';
import { withoutAws } from '../harness/named-rds';
import { CREDENTIALS } from '../harness/rds';
import type { Experiment, Settings } from './experiment';
import { createLedger, type Ledger } from './ledger';
import type { Accounts } from './workload';

/** Sequelize's `pool.acquire` in the experiments. */
export const ACQUIRE_MS = 6_000;
/** The drivers' time-out of a login. */
export const CONNECT_TIMEOUT_MS = 2_000;
/** `iamAuth.credentialsTimeoutMs`. */
export const CREDENTIALS_TIMEOUT_MS = 2_000;
/** The package does not use credentials that expire sooner. */
const MIN_LIFETIME_MS = 5_000;
/** Connections are replaced after this many queries, so that logins never cease. */
export const MAX_USES = 25;
/** Sequelize's `pool`. */
export const POOL = { max: 8, acquire: ACQUIRE_MS, maxUses: MAX_USES };

/** Queries beside the application's own, for which the same holds. */
export interface Companion {
  /** Starts no more queries, and waits for those that run, at most this long. */
  readonly stop: (withinMs: number) => Promise<Accounts>;
}

/** An application, its endpoints and its credentials, and what experiments do to them. */
export interface Stage {
  readonly cell: Cell;
  readonly cluster: Cluster;
  /** Issues the certificates of the fault `other-root`; the application does not know it. */
  readonly otherAuthority: Authority;
  readonly credentials: EcsCredentials;
  readonly ledger: Ledger;
  /** There once `connect` was called. */
  readonly application: CellApplication;
  readonly connect: (settings: Settings) => void;
  /** Another application of the same process, which ends with the stage. */
  readonly another: (settings?: Settings) => CellApplication;
  /** Has its queries judged with the application's own. */
  readonly join: (companion: Companion) => void;
  /** Stops all that have joined, in any order. */
  readonly stopCompanions: (withinMs: number) => Promise<Accounts[]>;
  /** Sets the faults of all endpoints; none ends them. */
  readonly setFaults: (faults?: object) => Promise<void>;
  /** Cuts all established connections. */
  readonly killConnections: () => Promise<void>;
  /** Closes these endpoints, by default all, with all their connections. */
  readonly stop: (hosts?: readonly Host[]) => Promise<void>;
  /** Starts them again on their ports. */
  readonly restart: (hosts?: readonly Host[]) => Promise<void>;
  /** Resolves once credentials that were requested before can no longer be used. */
  readonly untilCredentialsExpire: () => Promise<void>;
  readonly wait: (ms: number) => Promise<void>;
  /** Calls it when the stage closes, after the application has. */
  readonly onClose: (cleanUp: () => unknown) => void;
  /** The attempts at each endpoint since the last time. */
  readonly takeAttempts: () => Promise<Attempt[][]>;
  readonly close: () => Promise<void>;
}

let profiles = 0;

/** Starts the endpoints of a cell and a credential endpoint, whose credentials live this long. */
export async function openStage(cell: Cell, credentialsLifetimeMs = 7_000): Promise<Stage> {
  const otherAuthority = await createAuthority('Another root');
  const [cluster, credentials, ledger] = await Promise.all([
    startCluster(cell, { otherAuthority }),
    startEcsCredentials({ credentials: CREDENTIALS, expiresInMs: credentialsLifetimeMs }),
    createLedger(cell),
  ]);
  process.env = withoutAws(process.env);
  process.env['AWS_CONTAINER_CREDENTIALS_FULL_URI'] = credentials.url;
  let application: CellApplication | undefined;
  const others: CellApplication[] = [];
  const companions: Companion[] = [];
  const cleanUps: (() => unknown)[] = [];
  const onAll = async (act: (host: Host) => Promise<unknown>, hosts = cluster.all) => {
    await Promise.all(hosts.map(act));
  };
  /** Those at endpoints that were stopped since. */
  const earlier = new Map<Host, Attempt[]>();
  const attemptsAt = async (host: Host) => [
    ...(earlier.get(host) ?? []),
    ...(await host.emulator.attempts()),
  ];
  return {
    cell,
    cluster,
    otherAuthority,
    credentials,
    ledger,
    get application() {
      if (application === undefined) throw new Error('The application is not connected yet');
      return application;
    },
    connect: (settings) => {
      application = connectCell(cell, cluster, withDefaults(cell, settings));
    },
    another: (settings = {}) => {
      const other = connectCell(cell, cluster, withDefaults(cell, settings));
      others.push(other);
      return other;
    },
    join: (companion) => void companions.push(companion),
    stopCompanions: (withinMs) =>
      Promise.all(companions.splice(0).map((companion) => companion.stop(withinMs))),
    setFaults: (faults = {}) => onAll(({ emulator }) => emulator.setFaults(faults)),
    killConnections: () => onAll(({ emulator }) => emulator.killConnections()),
    stop: (hosts) =>
      onAll(async (host) => {
        earlier.set(host, await attemptsAt(host));
        await host.emulator.close();
      }, hosts),
    restart: (hosts) => onAll((host) => host.restart(), hosts),
    untilCredentialsExpire: () => delay(credentialsLifetimeMs - MIN_LIFETIME_MS + 200),
    wait: (ms) => delay(ms),
    onClose: (cleanUp) => void cleanUps.push(cleanUp),
    takeAttempts: () =>
      Promise.all(
        cluster.all.map(async (host) => {
          const attempts = await attemptsAt(host);
          earlier.delete(host);
          await host.emulator.clear();
          return attempts;
        }),
      ),
    close: async () => {
      await Promise.all([application ?? {}, ...others].map(closeCell));
      for (const cleanUp of cleanUps) await cleanUp();
      await Promise.all([cluster.close(), credentials.close(), ledger.drop()]);
    },
  };
}

/** What all applications of the experiments have, with what one of them sets besides. */
export function withDefaults(
  cell: Cell,
  { options = {}, iamAuth = {} }: Settings,
): Required<Settings> {
  // The default chain is one for the process; a profile of its own gives each application a new one.
  profiles += 1;
  return {
    options: {
      pool: POOL,
      ...connectTimeout(cell, CONNECT_TIMEOUT_MS),
      ...options,
    },
    iamAuth: {
      credentials: undefined,
      profile: `faults-${profiles}`,
      credentialsTimeoutMs: CREDENTIALS_TIMEOUT_MS,
      ...iamAuth,
    },
  };
}

/** Sequelize's options for the driver's time-out of a login. */
export function connectTimeout({ major, dialect }: Cell, ms: number): object {
  const option = dialect === 'postgres' ? { connectionTimeoutMillis: ms } : { connectTimeout: ms };
  return major === 6 ? { dialectOptions: option } : option;
}

/** A new stage whose application is connected as the experiment wants it. */
export async function stageFor(cell: Cell, experiment: Experiment): Promise<Stage> {
  const stage = await openStage(cell);
  try {
    stage.connect((await experiment.prepare?.(stage)) ?? {});
    return stage;
  } catch (error) {
    await stage.close();
    throw error;
  }
}
