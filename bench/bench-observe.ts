import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { MeterProvider } from '@opentelemetry/sdk-metrics';
import { BasicTracerProvider } from '@opentelemetry/sdk-trace-base';
import { traceLogin } from '../src/login/login-trace';
import { settleBackoff } from '../src/login/settle-backoff';
import type { LoginBackoff } from '../src/limiter/contract';
import { registerOpenTelemetry } from '../src/otel';
import { median } from './median';

const LOGINS = 50_000;
const ROUNDS = 15;
const MAX_US = 2;

const ENDPOINT = {
  hostname: 'mydb.cluster-abc.ap-northeast-1.rds.amazonaws.com',
  port: 3306,
  username: 'app',
  region: 'ap-northeast-1',
};
const HEALTHY: LoginBackoff = {
  failing: false,
  lastError: undefined,
  ready: () => Promise.resolve(),
  enter: () => true,
  settle: () => undefined,
};

/** A login that costs nothing. */
async function bareLogin(): Promise<void> {
  const admitted = () => Promise.resolve();
  await admitted();
  HEALTHY.settle('accepted');
}

/** The same, with what admission and hook do for observers, in their order. */
async function observedLogin(): Promise<void> {
  const trace = traceLogin(ENDPOINT, 'mysql');
  const admitted = () => {
    trace?.enter('credentialsWaitMs');
    trace?.enter('backoffWaitMs');
    trace?.enter('slotWaitMs');
    trace?.enter('signingMs');
    trace?.enter('loginMs');
    return Promise.resolve();
  };
  await (trace === undefined ? admitted() : trace.admit(admitted));
  settleBackoff(HEALTHY, 'accepted', undefined, ENDPOINT, 'mysql');
  trace?.settle('accepted');
}

/** Each turns observation on and returns how to turn it off. */
const OBSERVERS: Readonly<Record<string, () => () => void>> = {
  'no subscriber': () => () => undefined,
  'one subscriber, of asyncEnd': () => {
    const name = 'tracing:sequelize-rds-iam:login:asyncEnd';
    let seen: unknown;
    const note = (login: unknown) => void (seen = login);
    subscribe(name, note);
    return () => {
      unsubscribe(name, note);
      if (seen === undefined) throw new Error('Nothing was observed');
    };
  },
  'OpenTelemetry, metrics and spans': () => {
    const meterProvider = new MeterProvider();
    const tracerProvider = new BasicTracerProvider();
    const { remove } = registerOpenTelemetry({ meterProvider, tracerProvider });
    return remove;
  },
};

/** What observation costs a login, without subscribers and with them: `npm run bench -- observe [logins a round]`. */
export async function benchObserve([given]: readonly string[]): Promise<number> {
  const logins = given === undefined ? LOGINS : Number(given);
  if (!Number.isInteger(logins) || logins < 1) {
    console.error(`npm run bench -- observe [logins a round, not ${given}]`);
    return 2;
  }
  const costs = new Map(Object.keys(OBSERVERS).map((name) => [name, [] as number[]]));
  // In turns, so that what else the machine does falls on all of them. The first round warms up.
  for (let round = 0; round <= ROUNDS; round += 1) {
    for (const [name, observe] of Object.entries(OBSERVERS)) {
      const end = observe();
      const bare = await usPerLogin(bareLogin, logins);
      const observed = await usPerLogin(observedLogin, logins);
      end();
      if (round > 0) costs.get(name)?.push(observed - bare);
    }
  }
  const medians = new Map([...costs].map(([name, all]) => [name, median(all)]));
  const free = medians.get('no subscriber') ?? NaN;
  console.log('| Observers | µs per login | Ratio |');
  console.log('| --- | --- | --- |');
  for (const [name, us] of medians) {
    console.log(`| ${name} | ${us.toFixed(3)} | ${(us / free).toFixed(1)} |`);
  }
  const verdict = free <= MAX_US ? 'at most' : 'MORE than';
  console.log(
    `Without subscribers ${verdict} the ${MAX_US} µs that are allowed (median of ${ROUNDS} rounds of ${logins} logins)`,
  );
  return free <= MAX_US ? 0 : 1;
}

async function usPerLogin(login: () => Promise<void>, logins: number): Promise<number> {
  const start = performance.now();
  for (let count = 0; count < logins; count += 1) await login();
  return ((performance.now() - start) * 1_000) / logins;
}
