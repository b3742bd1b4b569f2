import { once, setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { Cluster, Redis } from 'ioredis';
import { createCluster } from 'redis';
import type { LoginSlot } from 'sequelize-rds-iam';
import { createRedisLimiter } from 'sequelize-rds-iam/redis';
import { startRedis, type RedisServer } from '../../harness/redis-server';
import { peakPerSecond } from '../../harness/login-simulation';
import { until } from '../../harness/eventually';
import { times } from '../../harness/rds';
import { recorder, RedisBench, request, storm } from '../../harness/redis-bench';
import { togetherIt } from '../../harness/together';

const AT_ONCE = 6;
const together = togetherIt(AT_ONCE);
const itOnRedis = (name: string, test: (bench: RedisBench) => Promise<void>) => {
  together(name, () => RedisBench.run(test));
};

// The longest first.
describe('while Redis', () => {
  const LIMIT = 10;
  const options = { limit: LIMIT, processes: 5 };

  itOnRedis(
    'is flushed, the server sees no more than the limit and every login succeeds',
    async (bench) => {
      const key = await bench.knownKey();
      const { limiters, warnings } = bench.fleet(5, options);
      const flushes = (async () => {
        for (let flush = 0; flush < 4; flush += 1) {
          await sleep(730);
          await bench.admin.flushall();
        }
      })();
      const { counted, errors } = await storm(limiters, key, 10);
      await flushes;
      expect(errors).toEqual([]);
      expect(peakPerSecond(counted)).toBeLessThanOrEqual(LIMIT);
      expect(warnings).toEqual([]);
    },
  );

  itOnRedis(
    'is restarted empty, each process says so once, and the server sees no more than the limit',
    async (bench) => {
      const key = await bench.knownKey();
      const { limiters, warnings } = bench.fleet(5, options);
      const all = storm(limiters, key, 14);
      await sleep(1_500);
      await bench.server.stop();
      await sleep(3_000);
      await bench.server.start();
      const { counted, errors } = await all;
      expect(errors).toEqual([]);
      expect(warnings).toHaveLength(5);
      expect(warnings[0]).toMatch(
        /^sequelize-rds-iam: Redis does not answer \(.+\): until it does/,
      );
      expect(peakPerSecond(counted)).toBeLessThanOrEqual(LIMIT);
    },
  );

  itOnRedis('answers nothing for a while, the same holds', async (bench) => {
    const key = await bench.knownKey();
    const { limiters, warnings } = bench.fleet(5, options);
    const all = storm(limiters, key, 12);
    await sleep(1_500);
    await bench.admin.call('CLIENT', 'PAUSE', '4000', 'ALL');
    const { counted, errors } = await all;
    expect(errors).toEqual([]);
    expect(warnings).toHaveLength(5);
    expect(peakPerSecond(counted)).toBeLessThanOrEqual(LIMIT);
  });

  for (const { delayMs, warned } of [
    { delayMs: 100, warned: 0 },
    { delayMs: 1_500, warned: 3 },
  ])
    itOnRedis(
      `answers ${delayMs} ms late, ${warned} of 3 processes say so, and the server sees no more than the limit`,
      async (bench) => {
        const key = await bench.knownKey();
        const { warnings, logger } = recorder();
        const port = await bench.startSlowWay(delayMs);
        const clients = times(3, () => bench.ioredis(port));
        // Connecting takes several answers, which do not count for the limiter.
        await Promise.all(clients.map((client) => client.ping()));
        const limiters = clients.map((client) =>
          createRedisLimiter(client, { ...options, logger }),
        );
        const { counted, errors } = await storm(limiters, key, 5);
        expect(errors).toEqual([]);
        expect(counted).toHaveLength(15);
        expect(warnings).toHaveLength(warned);
        expect(peakPerSecond(counted)).toBeLessThanOrEqual(LIMIT);
      },
    );

  itOnRedis('cannot be reached at all, each process takes its share', async (bench) => {
    const warnings: string[] = [];
    const client = bench.ioredis(1, { lazyConnect: true });
    const limiter = createRedisLimiter(client, {
      limit: 20,
      processes: 4,
      logger: { warn: (message) => warnings.push(message) },
    });
    const { counted, errors } = await storm([limiter], `unreachable-${process.pid}:3306`, 15);
    expect(errors).toEqual([]);
    expect(warnings).toHaveLength(1);
    expect(peakPerSecond(counted)).toBe(5);
  });

  itOnRedis(
    'has its clock set back by an hour, slots are free again within a second or two',
    async (bench) => {
      const key = await bench.knownKey();
      const {
        limiters: [limiter],
      } = bench.fleet(1, { limit: 2 });
      if (limiter === undefined) throw new Error('No limiter');
      await storm([limiter], key, 2);
      const prefix = `{sequelize-rds-iam:${key}}`;
      const members = await bench.admin.zrange(`${prefix}:slots`, '0', '-2');
      expect(members).toHaveLength(2);
      for (const member of members) await bench.admin.zincrby(`${prefix}:slots`, 3_600_000, member);
      await bench.admin.hincrby(`${prefix}:state`, 'last', 3_600_000);
      const start = performance.now();
      const { counted } = await storm([limiter], key, 2);
      expect(counted).toHaveLength(2);
      expect(performance.now() - start).toBeLessThan(5_000);
      expect(performance.now() - start).toBeGreaterThan(800);
    },
  );
});

describe.each([
  { name: 'ioredis', connect: (bench: RedisBench) => Promise.resolve(bench.ioredis()) },
  { name: 'ioredis 5.0', connect: (bench: RedisBench) => Promise.resolve(bench.ioredisFloor()) },
  { name: 'node-redis', connect: (bench: RedisBench) => bench.nodeRedis() },
  { name: 'node-redis 4.0', connect: (bench: RedisBench) => bench.nodeRedisFloor() },
])('through $name', ({ name, connect }) => {
  itOnRedis(
    'grants an idle fleet 19 slots at once, in one round trip each, and settles each in another',
    async (bench) => {
      const key = await bench.knownKey();
      const limiters = [
        createRedisLimiter(await connect(bench)),
        createRedisLimiter(await connect(bench)),
      ];
      await bench.scriptCalls();
      const slots: LoginSlot[] = [];
      const withdrawn = new AbortController();
      // All requests listen to it.
      setMaxListeners(0, withdrawn.signal);
      const all = times(10, () => limiters)
        .flat()
        .map((limiter) =>
          limiter
            .acquire(request(key, { signal: withdrawn.signal }))
            .then((slot) => slots.push(slot)),
        );
      await Promise.allSettled(all.slice(0, 18));
      await sleep(200);

      expect(slots).toHaveLength(19);
      expect(await bench.scriptCalls()).toBeLessThanOrEqual(21);
      withdrawn.abort(new Error('enough'));
      await Promise.allSettled(all);
      await bench.scriptCalls();
      for (const slot of slots) slot.settle('notNeeded');
      let settled = 0;
      await until(async () => (settled += await bench.scriptCalls()) >= 19);
      expect(settled).toBe(19);
    },
  );

  itOnRedis('goes on when Redis has forgotten its scripts', async (bench) => {
    const key = await bench.knownKey();
    const limiter = createRedisLimiter(await connect(bench));
    (await limiter.acquire(request(key))).settle('accepted');
    await bench.admin.script('FLUSH');
    const slot = await limiter.acquire(request(key));
    slot.settle('accepted');
    expect(await bench.admin.zcard(`{sequelize-rds-iam:${key}}:slots`)).toBe(3);
  });

  itOnRedis(
    'keeps to the limit for all that share it, and to its own prefix and key',
    async (bench) => {
      const client = await connect(bench);
      const limiters = times(3, () =>
        createRedisLimiter(client, { limit: 5, keyPrefix: 'shop:', key: name }),
      );
      const { counted, errors } = await storm(limiters, 'ignored:3306', 6);
      expect(errors).toEqual([]);
      expect(counted).toHaveLength(18);
      expect(peakPerSecond(counted)).toBe(5);
      expect(await bench.admin.exists(`{shop:${name}}:slots`)).toBe(1);
    },
  );
});

describe('a cluster', () => {
  let node: RedisServer;
  beforeAll(async () => {
    node = await startRedis(['--cluster-enabled', 'yes', '--cluster-announce-ip', '127.0.0.1']);
    const client = new Redis(node.port, node.host);
    await client.cluster('ADDSLOTS', ...times(16_384, () => 0).map((_, slot) => slot));
    while (!(await client.cluster('INFO')).includes('cluster_state:ok')) await sleep(50);
    client.disconnect();
  });
  afterAll(() => node.stop());

  const ways = [
    {
      name: 'ioredis',
      connect: async () => {
        const client = new Cluster([{ host: node.host, port: node.port }]);
        await once(client, 'ready');
        return { client, close: () => client.disconnect() };
      },
    },
    {
      name: 'node-redis',
      connect: async () => {
        const client = createCluster({ rootNodes: [{ url: `redis://${node.host}:${node.port}` }] });
        await client.connect();
        return { client, close: () => client.destroy() };
      },
    },
  ];

  it.each(ways)('is one Redis to the limiter, through $name', async ({ name, connect }) => {
    const { warnings, logger } = recorder();
    const { client, close } = await connect();
    const limiters = times(2, () => createRedisLimiter(client, { limit: 5, logger }));
    const { counted, errors } = await storm(limiters, `${name}:3306`, 6);
    close();
    expect(errors).toEqual([]);
    expect(warnings).toEqual([]);
    expect(counted).toHaveLength(12);
    expect(peakPerSecond(counted)).toBe(5);
  });
});

const UNWANTED = { name: 'IamAuthError', code: 'ERR_IAM_AUTH_NOT_NEEDED' };

describe('a request', () => {
  itOnRedis(
    'that is not wanted is asked before Redis is, is rejected, and costs nothing',
    async (bench) => {
      const key = await bench.knownKey();
      const limiter = createRedisLimiter(bench.ioredis());
      await bench.scriptCalls();
      await expect(limiter.acquire(request(key, { isNeeded: () => false }))).rejects.toMatchObject(
        UNWANTED,
      );
      expect(await bench.scriptCalls()).toBe(0);
    },
  );

  itOnRedis(
    'that is not wanted any more when its slot comes leaves it to the next one, or gives it back',
    async (bench) => {
      const key = await bench.knownKey();
      const limiter = createRedisLimiter(bench.ioredis(), { limit: 1 });
      const holding = await limiter.acquire(request(key));
      let isWanted = true;
      const unwanted = expect(
        limiter.acquire(request(key, { isNeeded: () => isWanted })),
      ).rejects.toMatchObject(UNWANTED);
      const next = limiter.acquire(request(key));
      await sleep(50);
      isWanted = false;
      holding.settle('accepted');
      await unwanted;
      (await next).settle('notNeeded');
      await sleep(50);
      expect(await bench.admin.zcard(`{sequelize-rds-iam:${key}}:slots`)).toBe(1);
    },
  );

  itOnRedis(
    'is rejected with the reason of its signal at once, before and during the wait',
    async (bench) => {
      const key = await bench.knownKey();
      const limiter = createRedisLimiter(bench.ioredis(), { limit: 1 });
      const reason = new Error('closed');
      await expect(
        limiter.acquire(request(key, { signal: AbortSignal.abort(reason) })),
      ).rejects.toBe(reason);
      const holding = await limiter.acquire(request(key));
      const closing = new AbortController();
      const waiting = limiter.acquire(request(key, { signal: closing.signal }));
      setTimeout(() => closing.abort(reason), 50);
      await expect(waiting).rejects.toBe(reason);
      holding.settle('notNeeded');
    },
  );

  itOnRedis(
    'of a process that came first is served first, and many of one process do not hold up another',
    async (bench) => {
      const key = await bench.knownKey();
      const { limiters } = bench.fleet(3, { limit: 3 });
      const { order } = await storm(limiters, key, 6);
      const firstHalf = order.slice(3, 15);
      for (const index of [0, 1, 2]) {
        expect(firstHalf.filter((one) => one === index).length).toBeGreaterThanOrEqual(3);
      }
    },
  );
});

describe('what a process leaves behind when it dies', () => {
  itOnRedis(
    'its slots are free again after their lease and 12 s, and its turn after a second',
    async (bench) => {
      const key = await bench.knownKey();
      const slots = `{sequelize-rds-iam:${key}}:slots`;
      const dead = bench.ioredis();
      const lost = createRedisLimiter(dead, { limit: 1 });
      await lost.acquire(request(key));
      void lost.acquire(request(key)).catch(() => undefined);
      await sleep(50);
      dead.disconnect();
      const freeAt = (await entries(bench, slots))[0]?.[1];
      const nowMs = ((await bench.admin.time()).at(0) ?? 0) * 1_000;
      expect(Number(freeAt) - nowMs).toBeGreaterThan(26_000);
      expect(Number(freeAt) - nowMs).toBeLessThan(28_001);

      for (const [member] of await entries(bench, slots))
        await bench.admin.zincrby(slots, -27_000, member);
      const start = performance.now();
      await createRedisLimiter(bench.ioredis(), { limit: 1 }).acquire(request(key));
      expect(performance.now() - start).toBeLessThan(4_000);
    },
  );

  async function entries({ admin }: RedisBench, slots: string): Promise<[string, string][]> {
    const flat = await admin.zrange(slots, '0', '-2', 'WITHSCORES');
    return flat.flatMap((member, index) =>
      index % 2 === 0 ? [[member, flat[index + 1] ?? ''] as [string, string]] : [],
    );
  }
});

describe('the options', () => {
  it.each([
    {
      given: { limits: 5 },
      says: 'Unknown option createRedisLimiter.limits; the known ones are limit, key, keyPrefix, processes, logger',
    },
    { given: { limit: 0 }, says: 'createRedisLimiter.limit must be a number above 0' },
    {
      given: { processes: 0.5 },
      says: 'createRedisLimiter.processes must be a whole number above 0',
    },
  ])('$given are refused', ({ given, says }) => {
    expect(() => createRedisLimiter(new Redis({ lazyConnect: true }), given)).toThrow(says);
  });

  it('a client that is none of the two is refused', () => {
    const unknown: unknown = { get: () => undefined };
    expect(() => createRedisLimiter(unknown as Redis)).toThrow('a client of ioredis or redis');
  });
});
