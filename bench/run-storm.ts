import { setTimeout as sleep } from 'node:timers/promises';
import { QueryTypes, Sequelize } from 'sequelize';
import { connectByHand } from '../examples/demo/hand-written';
import { databaseOptions, type Target } from '../examples/demo/target';
import { connectWithPackage } from '../examples/demo/with-package';
import { peakPerSecond, type Attempt } from 'rds-iam-emulator';
import type { Endpoint } from './endpoints';
import { secondCopy, type Application, type Storm } from './storms';

/** The second that the server looks back on, and what a late login takes. */
const CLEAN_MS = 1_500;
const LIMIT = 19;

/** How the application logs in. */
export const WAYS = ['by hand', 'with the package'] as const;
export type Way = (typeof WAYS)[number];

/** What one storm did to the server and to the application's queries. */
export interface Figures {
  readonly storm: string;
  readonly way: Way;
  readonly credentialsMs: number;
  readonly attempts: number;
  readonly accepted: number;
  readonly throttled: number;
  /** Most logins in any sliding second at one endpoint. Those that brought no token count when they were accepted. */
  readonly peak: number;
  /** Successful queries per second. */
  readonly goodput: number;
  readonly failedQueries: number;
  /** How long queries took beyond their own work, in milliseconds. */
  readonly waitP50: number;
  readonly waitP99: number;
  /** Logins per second, and what is promised, 0.9 × 19 / (1 s + mean login); where the server is healthy and there is demand. */
  readonly rate?: number;
  readonly promisedRate?: number;
}

/** Runs one storm in one way. */
export async function runStorm(
  storm: Storm,
  way: Way,
  credentialsMs: number,
  endpoints: readonly Endpoint[],
): Promise<Figures> {
  const [first] = endpoints;
  if (first === undefined) throw new Error('No endpoint');
  const { emulator } = first;
  const target = slow(first.target, credentialsMs);
  const open: Sequelize[] = [];
  const waits: number[] = [];
  let failedQueries = 0;
  const loginsMs: number[] = [];
  const keep = (sequelize: Sequelize) => {
    timeLogins(sequelize, loginsMs);
    open.push(sequelize);
    return sequelize;
  };
  const application: Application = {
    emulator,
    endpoints,
    connect: (max, options) =>
      keep((way === 'by hand' ? connectByHand : connectWithPackage)(target, max, options)),
    connectWithCopy: (max, options) => {
      if (way === 'by hand') return keep(connectByHand(target, max, options));
      const sequelize = new Sequelize(databaseOptions(target, max, options));
      const { region, ca, credentials } = target;
      secondCopy().addIamAuth(sequelize, { region, credentials, tls: { ca } });
      return keep(sequelize);
    },
    query: async (sequelize, seconds, useMaster = false) => {
      const startedAt = performance.now();
      try {
        await sequelize.query(`SELECT SLEEP(${seconds})`, { type: QueryTypes.SELECT, useMaster });
        waits.push(performance.now() - startedAt - seconds * 1_000);
      } catch {
        failedQueries += 1;
        // A loop that only fails must leave the event loop some air.
        await sleep(0);
      }
    },
  };

  for (const one of endpoints) await one.emulator.clear();
  await emulator.setFaults(storm.faults ?? {});
  const startedAt = performance.now();
  await storm.run(application);
  const seconds = (performance.now() - startedAt) / 1_000;
  await sleep(CLEAN_MS);
  const logs = await Promise.all(endpoints.map((one) => one.emulator.attempts()));
  await emulator.setFaults({});
  await Promise.all(open.map((sequelize) => sequelize.close().catch(() => undefined)));
  await startAfresh(first.target);

  const attempts = logs.flat();
  const count = (outcome: Attempt['outcome']) =>
    attempts.filter((attempt) => attempt.outcome === outcome).length;
  return {
    storm: storm.name,
    way,
    credentialsMs,
    attempts: attempts.length,
    accepted: count('accepted'),
    throttled: count('throttled'),
    peak: Math.max(...logs.map((log) => peakPerSecond(log.map(arrival)))),
    goodput: Math.round((waits.length / seconds) * 10) / 10,
    failedQueries,
    ...waitsOf(waits),
    ...(storm.isSteady === true ? rates(attempts, loginsMs) : {}),
  };
}

/** The median and the 99th percentile of some waits. */
export function waitsOf(waits: readonly number[]): Pick<Figures, 'waitP50' | 'waitP99'> {
  const sorted = [...waits].sort((one, other) => one - other);
  const quantile = (part: number) => Math.round(sorted[Math.ceil(part * sorted.length) - 1] ?? 0);
  return { waitP50: quantile(0.5), waitP99: quantile(0.99) };
}

/** When an attempt counts: when its token came, or, without one, when it was accepted. */
export function arrival({ acceptedAt, tokenAt = acceptedAt }: Attempt): { tokenAt: number } {
  return { tokenAt };
}

/** Notes how long each login takes, from the driver's first packet to Sequelize's connection. */
function timeLogins({ connectionManager: manager }: Sequelize, loginsMs: number[]): void {
  const { connect } = manager as unknown as { connect: (config: object) => Promise<unknown> };
  Object.assign(manager, {
    connect: async (config: object) => {
      const startedAt = performance.now();
      const connection: unknown = await connect.call(manager, config);
      loginsMs.push(performance.now() - startedAt);
      return connection;
    },
  });
}

/** Over whole rounds of 19 logins: the first 19 are for free, and the rounds begin with them. */
function rates(
  attempts: readonly Attempt[],
  loginsMs: readonly number[],
): Pick<Figures, 'rate' | 'promisedRate'> {
  const times = attempts.map((attempt) => arrival(attempt).tokenAt).sort((a, b) => a - b);
  const [first = 0] = times;
  const counted = Math.floor((times.length - 1) / LIMIT) * LIMIT;
  const meanMs = loginsMs.reduce((sum, ms) => sum + ms, 0) / loginsMs.length;
  const rounded = (value: number) => Math.round(value * 10) / 10;
  return {
    rate: rounded((counted * 1_000) / ((times[counted] ?? first) - first)),
    promisedRate: rounded((0.9 * LIMIT * 1_000) / (1_000 + meanMs)),
  };
}

function slow(target: Target, credentialsMs: number): Target {
  const { credentials } = target;
  if (credentialsMs === 0 || typeof credentials !== 'object') return target;
  return {
    ...target,
    credentials: async () => {
      await sleep(credentialsMs);
      return credentials;
    },
  };
}

/** One login ends the back-off that the last storm may have left. */
async function startAfresh(target: Target): Promise<void> {
  await sleep(CLEAN_MS);
  const sequelize = connectWithPackage(target, 1);
  await sequelize.authenticate();
  await sequelize.close();
  await sleep(CLEAN_MS);
}
