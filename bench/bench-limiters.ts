import { setTimeout as sleep } from 'node:timers/promises';
import Bottleneck from 'bottleneck';
import { Redis } from 'ioredis';
import { RateLimiterQueue, RateLimiterRedis } from 'rate-limiter-flexible';
import type { Undo } from '../examples/demo/undo';
import { createRedisLimiter } from '../src/redis';
import { startRedis } from '../test/harness/redis-server';
import { peakPerSecond } from '../test/harness/login-simulation';

const LIMIT = 19;
const PROCESSES = 4;
const LOGINS_EACH = 45;
const LOGIN_MS = 300;

/** One process's way to a permission; what it returns is called when the login has ended. */
type Acquire = () => Promise<() => void>;

/** Other people's limiters and this package's, for the same logins through one Redis: which of them keeps the limit at the server? */
export async function benchLimiters(_: readonly string[], undo: Undo): Promise<number> {
  const server = await startRedis();
  undo.add(() => server.stop());
  const connect = () => {
    const client = new Redis(server.port, server.host);
    client.on('error', () => undefined);
    undo.add(() => {
      client.disconnect();
      return Promise.resolve();
    });
    return client;
  };
  const ways: Readonly<Record<string, () => Acquire>> = {
    'rate-limiter-flexible, 19 in a window of 1 s': () => {
      const limiter = new RateLimiterRedis({
        storeClient: connect(),
        points: LIMIT,
        duration: 1,
        keyPrefix: 'window',
      });
      const queue = new RateLimiterQueue(limiter, { maxQueueSize: 1_000 });
      return async () => {
        await queue.removeTokens(1, 'db');
        return () => undefined;
      };
    },
    'bottleneck, one every 53 ms': () => {
      const bottleneck = new Bottleneck({
        id: 'db',
        datastore: 'ioredis',
        clearDatastore: false,
        minTime: Math.ceil(1_000 / LIMIT),
        Redis,
        clientOptions: { port: server.port, host: server.host },
      });
      bottleneck.on('error', () => undefined);
      undo.add(() => bottleneck.disconnect(false));
      return () => bottleneck.schedule(() => Promise.resolve(() => undefined));
    },
    createRedisLimiter: () => {
      const limiter = createRedisLimiter(connect());
      return async () => {
        const slot = await limiter.acquire({ key: 'db:3306', leaseMs: 15_000 });
        return () => slot.settle('accepted');
      };
    },
  };
  console.log('| Limiter | Peak per second | Logins per second | Redis commands per login |');
  console.log('| --- | --- | --- | --- |');
  for (const [name, create] of Object.entries(ways)) {
    const { peak, rate, commands } = await measure(create, connect());
    console.log(`| ${name} | ${peak} | ${rate.toFixed(1)} | ${commands.toFixed(1)} |`);
  }
  return 0;
}

/** Logins of 0 to 300 ms that the server counts somewhere in between, as fast as the limiter lets them. */
async function measure(create: () => Acquire, admin: Redis) {
  const counted: number[] = [];
  const processes = Array.from({ length: PROCESSES }, create);
  await sleep(1_500);
  const before = await commandsOf(admin);
  const logIn = async (acquire: Acquire) => {
    const end = await acquire();
    const durationMs = Math.random() * LOGIN_MS;
    const part = Math.random();
    await sleep(durationMs * part);
    counted.push(performance.now());
    await sleep(durationMs * (1 - part));
    end();
  };
  await Promise.all(
    processes.flatMap((acquire) => Array.from({ length: LOGINS_EACH }, () => logIn(acquire))),
  );
  const seconds = (Math.max(...counted) - Math.min(...counted)) / 1_000;
  return {
    peak: peakPerSecond(counted),
    rate: (counted.length - LIMIT) / seconds,
    commands: ((await commandsOf(admin)) - before) / counted.length,
  };
}

/** Commands that clients have sent; what a script does inside Redis is no round trip. */
async function commandsOf(admin: Redis): Promise<number> {
  const stats = await admin.info('commandstats');
  const calls = [...stats.matchAll(/^cmdstat_(eval|evalsha|multi|exec|publish):calls=(\d+)/gm)];
  return calls.reduce((sum, [, , count]) => sum + Number(count), 0);
}
