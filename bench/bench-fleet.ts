import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import type { Undo } from '../examples/demo/undo';
import { createRedisLimiter } from '../src/redis';
import { countBy, peakPerSecond } from 'rds-iam-emulator';
import { startRedis } from '../test/harness/redis-server';
import { startEndpoints } from './endpoints';
import { startFleet } from './fleet';
import { simulateRestart } from './restart';

const LIMIT = 19;
const PROCESSES = 50;
const CONNECTIONS = 10;

/** A fleet logs in through one Redis; with `kill`, 10 of its processes are killed on the way. Returns 1 when more than 19 came in a second. */
export async function benchFleet(args: readonly string[], undo: Undo): Promise<number> {
  const [endpoint] = await startEndpoints(1, undo);
  if (endpoint === undefined) throw new Error('No endpoint');
  const redis = await startRedis();
  undo.add(() => redis.stop());
  const admin = new Redis(redis.port, redis.host);
  undo.add(() => {
    admin.disconnect();
    return Promise.resolve();
  });

  // The key of an endpoint that is in use is known; a new one grants nothing for its first second.
  const { host, port } = endpoint.target;
  const known = await createRedisLimiter(admin).acquire({ key: `${host}:${port}`, leaseMs: 1_000 });
  known.settle('notNeeded');

  const fleet = startFleet({
    endpoint,
    redis,
    processes: PROCESSES,
    connections: CONNECTIONS,
    limit: LIMIT,
  });
  undo.add(() => {
    fleet.stop();
    return Promise.resolve();
  });
  await fleet.begun;
  const begunAt = performance.now();
  let killed = 0;
  if (args.includes('kill')) {
    while (fleet.opened() < 200) await sleep(50);
    killed = fleet.kill(10);
  }
  await fleet.done;
  const tookMs = performance.now() - begunAt;
  // A login that is late would still be seen.
  await sleep(1_000);

  const attempts = await endpoint.emulator.attempts();
  const tokens = attempts.flatMap(({ tokenAt }) => (tokenAt === undefined ? [] : [tokenAt]));
  const stats = await admin.info('commandstats');
  const calls = [...stats.matchAll(/^cmdstat_eval(?:sha)?:calls=(\d+)/gm)].reduce(
    (sum, match) => sum + Number(match[1]),
    0,
  );
  const peak = peakPerSecond(attempts);
  const seconds = (ms: number) => `${(ms / 1_000).toFixed(1)} s`;
  const lastMs = Math.max(...tokens) - Math.min(...tokens);
  const simulated = simulateRestart({
    processes: PROCESSES,
    connections: CONNECTIONS,
    limit: LIMIT,
    loginMs: 50,
    way: 'through Redis',
  });
  console.log(`${PROCESSES} processes x ${CONNECTIONS} connections through one Redis`);
  console.log(`opened ${fleet.opened()}, never opened by killed processes ${killed}`);
  console.log(`from the start, all processes at once, to the last connection: ${seconds(tookMs)}`);
  console.log(`from the first login to the last: ${seconds(lastMs)}`);
  console.log(`the same, simulated: ${seconds(simulated.allMs)}`);
  console.log(`outcomes: ${JSON.stringify(countBy(attempts, 'outcome'))}, peak ${peak} per second`);
  console.log(`Redis calls per connection: ${(calls / tokens.length).toFixed(2)}`);
  for (const failure of new Set(fleet.failures)) console.log(failure);
  if (fleet.said() !== '') console.log(fleet.said());
  return peak <= LIMIT && fleet.failures.length === 0 ? 0 : 1;
}
