import { once } from 'node:events';
import { connect, createServer, type AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import RedisFloor from 'ioredis-floor';
import { createClient } from 'redis';
import { createClient as createClientFloor } from 'redis-floor';
import type { ConnectionLimiter, LoginSlotRequest } from 'sequelize-rds-iam';
import { createRedisLimiter, type RedisLimiterOptions } from 'sequelize-rds-iam/redis';
import { startRedis, type RedisServer } from './redis-server';
import { outcomes, times } from './rds';

const LEASE_MS = 15_000;

/** A Redis for one test, and its clients, which end with it. */
export class RedisBench {
  readonly server: RedisServer;
  readonly admin: Redis;
  readonly #open: (() => void)[] = [];
  #keys = 0;
  #scriptCalls = 0;

  private constructor(server: RedisServer) {
    this.server = server;
    this.admin = this.ioredis();
  }

  /** Runs a test on a new Redis. */
  static async run(test: (bench: RedisBench) => Promise<void>): Promise<void> {
    const server = await startRedis();
    const bench = new RedisBench(server);
    try {
      await test(bench);
    } finally {
      for (const close of bench.#open) close();
      await server.stop();
    }
  }

  /** Has this done at the end. */
  finally(close: () => void): void {
    this.#open.push(close);
  }

  ioredis(port = this.server.port, options: object = {}): Redis {
    const client = new Redis(port, this.server.host, options);
    // A server that is stopped is part of the tests.
    client.on('error', () => undefined);
    this.finally(() => client.disconnect());
    return client;
  }

  async nodeRedis() {
    const client = createClient({ url: this.#url() });
    client.on('error', () => undefined);
    await client.connect();
    this.finally(() => client.destroy());
    return client;
  }

  ioredisFloor() {
    const client = new RedisFloor(this.server.port, this.server.host);
    this.finally(() => client.disconnect());
    return client;
  }

  async nodeRedisFloor() {
    const client = createClientFloor({ url: this.#url() });
    await client.connect();
    this.finally(() => void client.disconnect());
    return client;
  }

  /** A way to the server on which everything arrives late; returns its port. */
  async startSlowWay(delayMs: number): Promise<number> {
    const { port, host } = this.server;
    const way = createServer((client) => {
      const upstream = connect(port, host);
      for (const [from, to] of [
        [client, upstream],
        [upstream, client],
      ] as const) {
        from.on('data', (bytes) => setTimeout(() => to.write(bytes), delayMs / 2));
        from.on('close', () => to.destroy()).on('error', () => undefined);
      }
    });
    this.finally(() => way.close());
    await once(way.listen(0, host), 'listening');
    return (way.address() as AddressInfo).port;
  }

  /** A key that Redis has known for longer than a second. */
  async knownKey(): Promise<string> {
    const key = `db-${(this.#keys += 1)}:3306`;
    const slot = await createRedisLimiter(this.ioredis()).acquire(request(key));
    slot.settle('notNeeded');
    return key;
  }

  /** What the limiters of one fleet say and let through; each has its own connection to Redis, as a process has. */
  fleet(size: number, options: RedisLimiterOptions = {}) {
    const { warnings, logger } = recorder();
    const limiters = times(size, () => createRedisLimiter(this.ioredis(), { logger, ...options }));
    return { limiters, warnings };
  }

  /** How often Redis has run a script since it was asked last. */
  async scriptCalls(): Promise<number> {
    const stats = await this.admin.info('commandstats');
    const calls = [...stats.matchAll(/^cmdstat_eval(?:sha)?:calls=(\d+)/gm)];
    const sum = calls.reduce((all, [, one]) => all + Number(one), 0);
    const before = this.#scriptCalls;
    this.#scriptCalls = sum;
    return sum - before;
  }

  #url(): string {
    return `redis://${this.server.host}:${this.server.port}`;
  }
}

export const request = (key: string, given: Partial<LoginSlotRequest> = {}): LoginSlotRequest => ({
  key,
  leaseMs: LEASE_MS,
  ...given,
});

export function recorder() {
  const warnings: string[] = [];
  return { warnings, logger: { warn: (message: string) => void warnings.push(message) } };
}

/** Logs `count` times in through each limiter; the server counts each login somewhere within its 0 to `maxMs`. */
export async function storm(
  limiters: readonly ConnectionLimiter[],
  key: string,
  count: number,
  maxMs = 40,
) {
  const counted: number[] = [];
  const order: number[] = [];
  const logIn = async (limiter: ConnectionLimiter, index: number) => {
    const slot = await limiter.acquire(request(key));
    order.push(index);
    const durationMs = Math.random() * maxMs;
    const before = Math.random() * durationMs;
    await sleep(before);
    counted.push(performance.now());
    await sleep(durationMs - before);
    slot.settle('accepted');
  };
  const all = limiters.flatMap((limiter, index) => times(count, () => logIn(limiter, index)));
  const { errors } = await outcomes(all);
  return { counted, order, errors };
}
