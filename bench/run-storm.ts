import { setTimeout as sleep } from 'node:timers/promises';
import { Sequelize } from 'sequelize';
import { connectByHand } from '../examples/demo/hand-written';
import { databaseOptions, type Target } from '../examples/demo/target';
import { connectWithPackage } from '../examples/demo/with-package';
import { peakPerSecond, type Attempt } from '../test/emulator/attempt-log';
import type { Endpoint } from './endpoints';
import { secondCopy, type Application, type Storm } from './storms';

/** The second that the server looks back on, and what a late login takes. */
const CLEAN_MS = 1_500;

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
  /** Logins per second over those of the storm, and the least that is promised; where the server is healthy and there is demand. */
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
  const keep = (sequelize: Sequelize) => {
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
      const sequelize = keep(new Sequelize(databaseOptions(target, max, options)));
      const { region, ca, credentials } = target;
      secondCopy().addIamAuth(sequelize, { region, credentials, tls: { ca } });
      return sequelize;
    },
    query: async (sequelize, seconds) => {
      const startedAt = performance.now();
      try {
        await sequelize.query(`SELECT SLEEP(${seconds})`);
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
  waits.sort((one, other) => one - other);
  const quantile = (part: number) => Math.round(waits[Math.ceil(part * waits.length) - 1] ?? 0);
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
    waitP50: quantile(0.5),
    waitP99: quantile(0.99),
    ...(storm.isSteady === true ? rates(attempts) : {}),
  };
}

function arrival({ acceptedAt, tokenAt = acceptedAt }: Attempt): { tokenAt: number } {
  return { tokenAt };
}

/** Over the whole storm, its first burst left out: that one is for free. */
function rates(attempts: readonly Attempt[]): Pick<Figures, 'rate' | 'promisedRate'> {
  const times = attempts.map((attempt) => arrival(attempt).tokenAt).sort((a, b) => a - b);
  const seconds = ((times.at(-1) ?? 0) - (times[0] ?? 0)) / 1_000;
  const rounded = (value: number) => Math.round(value * 10) / 10;
  return { rate: rounded((times.length - 19) / seconds), promisedRate: rounded((0.9 * 19) / 1.17) };
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
