/** An application at work in a process or a worker thread of its own, until it is told to stop. */
import { setTimeout as delay } from 'node:timers/promises';
import { parentPort } from 'node:worker_threads';
import { createClient } from 'redis';
import type { ConnectionLimiter, LimiterOptions } from 'sequelize-rds-iam';
import { createRedisLimiter } from 'sequelize-rds-iam/redis';
import { cells, connectCell } from '../../harness/cells';
import { REDIS_POOL } from '../redis-stage';
import type { SecondMessage, SecondPlan, StopMessage } from '../second-process';
import { withDefaults } from '../stage';
import { KINDS, Workload } from '../workload';

/** All that share the limit through Redis: the stage's application and this one. */
const PROCESSES = 2;

const plan = JSON.parse(process.argv.at(-1) ?? '') as SecondPlan;
const say = (message: SecondMessage) => {
  if (parentPort === null) process.send?.(message);
  else parentPort.postMessage(message);
};
const shared = (instant: number) => instant + performance.timeOrigin;

async function main(): Promise<void> {
  const cell = cells.find(({ name }) => name === plan.cell);
  if (cell === undefined) throw new Error(`There is no cell ${plan.cell}`);
  const options = 'redisPort' in plan.limiter ? { pool: REDIS_POOL } : {};
  const settings = { options, iamAuth: { limiter: await limiterFor(plan.limiter) } };
  const { sequelize } = connectCell(cell, plan.places, withDefaults(cell, settings));
  const workload = new Workload(sequelize, cell, plan.table, plan.name);
  (parentPort ?? process).once('message', ({ withinMs }: StopMessage) => {
    void workload.stop(withinMs).then((hanging) =>
      say({
        results: workload.results.map((query) => ({
          ...query,
          startedAt: shared(query.startedAt),
          endedAt: shared(query.endedAt),
        })),
        hanging: hanging.map((query) => ({ ...query, startedAt: shared(query.startedAt) })),
      }),
    );
  });
  workload.start();
  while (!KINDS.every((kind) => workload.results.some((query) => query.kind === kind)))
    await delay(20);
  say('atWork');
}

async function limiterFor(
  limiter: SecondPlan['limiter'],
): Promise<LimiterOptions | ConnectionLimiter> {
  if (!('redisPort' in limiter)) return limiter;
  const client = createClient({ url: `redis://127.0.0.1:${limiter.redisPort}` });
  // That Redis is gone is the experiment's matter.
  client.on('error', () => undefined);
  await client.connect();
  return createRedisLimiter(client, { processes: PROCESSES, logger: { warn: () => undefined } });
}

void main();
