import { once } from 'node:events';
import { connect, createServer, type AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Cluster, Redis } from 'ioredis';
import RedisFloor from 'ioredis-floor';
import { createClient, createCluster } from 'redis';
import { createClient as createClientFloor } from 'redis-floor';
import type { ConnectionLimiter, LoginSlot, LoginSlotRequest } from 'sequelize-rds-iam';
import { createRedisLimiter, type RedisLimiterOptions } from 'sequelize-rds-iam/redis';
import { startRedis, type RedisServer } from '../emulator/redis-server';
import { peakPerSecond } from '../harness/login-simulation';
import { outcomes, times } from './rds';

const LEASE_MS = 15_000;

let server: RedisServer;
let admin: Redis;
beforeAll(async () => {
  server = await startRedis();
  admin = connectIoredis();
});
afterAll(async () => {
  admin.disconnect();
  await server.stop();
});

const open: (() => void)[] = [];
afterEach(() => open.splice(0).forEach((close) => close()));

function connectIoredis(): Redis {
  const client = new Redis(server.port, server.host);
  // A server that is stopped is part of the tests.
  client.on('error', () => undefined);
  return client;
}

function ioredis(): Redis {
  const client = connectIoredis();
  open.push(() => client.disconnect());
  return client;
}

async function nodeRedis() {
  const client = createClient({ url: `redis://${server.host}:${server.port}` });
  client.on('error', () => undefined);
  await client.connect();
  open.push(() => client.destroy());
  return client;
}

function ioredisFloor() {
  const client = new RedisFloor(server.port, server.host);
  open.push(() => client.disconnect());
  return client;
}

async function nodeRedisFloor() {
  const client = createClientFloor({ url: `redis://${server.host}:${server.port}` });
  await client.connect();
  open.push(() => void client.disconnect());
  return client;
}

/** A way to the server on which everything arrives late; returns its port. */
async function startSlowWay(delayMs: number): Promise<number> {
  const way = createServer((client) => {
    const upstream = connect(server.port, server.host);
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      from.on('data', (bytes) => setTimeout(() => to.write(bytes), delayMs / 2));
      from.on('close', () => to.destroy()).on('error', () => undefined);
    }
  });
  open.push(() => way.close());
  await once(way.listen(0, server.host), 'listening');
  return (way.address() as AddressInfo).port;
}

let keys = 0;
/** A key that no other test has used, and that Redis has known for longer than a second. */
async function knownKey(): Promise<string> {
  const key = `db-${(keys += 1)}:3306`;
  await createRedisLimiter(ioredis())
    .acquire(request(key))
    .then((slot) => slot.settle('notNeeded'));
  return key;
}

const request = (key: string, given: Partial<LoginSlotRequest> = {}): LoginSlotRequest => ({
  key,
  leaseMs: LEASE_MS,
  ...given,
});

function recorder() {
  const warnings: string[] = [];
  return { warnings, logger: { warn: (message: string) => void warnings.push(message) } };
}

/** What the limiters of one fleet say and let through; each has its own connection to Redis, as a process has. */
function fleet(size: number, options: RedisLimiterOptions = {}) {
  const { warnings, logger } = recorder();
  const limiters = times(size, () => createRedisLimiter(ioredis(), { logger, ...options }));
  return { limiters, warnings };
}

/** Logs `count` times in through each limiter; the server counts each login somewhere within its 0 to `maxMs`. */
async function storm(
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

/** How often Redis has run a script since it was asked last. */
async function scriptCalls(): Promise<number> {
  const stats = await admin.info('commandstats');
  const calls = [...stats.matchAll(/^cmdstat_eval(?:sha)?:calls=(\d+)/gm)].map((match) =>
    Number(match[1]),
  );
  await admin.config('RESETSTAT');
  return calls.reduce((sum, one) => sum + one, 0);
}

describe.each([
  { name: 'ioredis', connect: () => Promise.resolve(ioredis()) },
  { name: 'ioredis 5.0', connect: () => Promise.resolve(ioredisFloor()) },
  { name: 'node-redis', connect: nodeRedis },
  { name: 'node-redis 4.0', connect: nodeRedisFloor },
])('through $name', ({ name, connect }) => {
  it('grants an idle fleet 19 slots at once, in one round trip each, and settles each in another', async () => {
    const key = await knownKey();
    const limiters = [createRedisLimiter(await connect()), createRedisLimiter(await connect())];
    await scriptCalls();
    const slots: LoginSlot[] = [];
    const withdrawn = new AbortController();
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
    expect(await scriptCalls()).toBeLessThanOrEqual(21);
    withdrawn.abort(new Error('enough'));
    await Promise.allSettled(all);
    await scriptCalls();
    for (const slot of slots) slot.settle('notNeeded');
    await sleep(100);
    expect(await scriptCalls()).toBe(19);
  });

  it('goes on when Redis has forgotten its scripts', async () => {
    const key = await knownKey();
    const limiter = createRedisLimiter(await connect());
    (await limiter.acquire(request(key))).settle('accepted');
    await admin.script('FLUSH');
    const slot = await limiter.acquire(request(key));
    slot.settle('accepted');
    expect(await admin.zcard(`{sequelize-rds-iam:${key}}:slots`)).toBe(3);
  });

  it('keeps to the limit for all that share it, and to its own prefix and key', async () => {
    const client = await connect();
    const limiters = times(3, () =>
      createRedisLimiter(client, { limit: 5, keyPrefix: 'shop:', key: name }),
    );
    const { counted, errors } = await storm(limiters, 'ignored:3306', 6);
    expect(errors).toEqual([]);
    expect(counted).toHaveLength(18);
    expect(peakPerSecond(counted)).toBe(5);
    expect(await admin.exists(`{shop:${name}}:slots`)).toBe(1);
  });
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

  it.each([
    {
      name: 'ioredis',
      connect: async () => {
        const client = new Cluster([{ host: node.host, port: node.port }]);
        open.push(() => client.disconnect());
        await once(client, 'ready');
        return client;
      },
    },
    {
      name: 'node-redis',
      connect: async () => {
        const client = createCluster({ rootNodes: [{ url: `redis://${node.host}:${node.port}` }] });
        await client.connect();
        open.push(() => client.destroy());
        return client;
      },
    },
  ])('is one Redis to the limiter, through $name', async ({ name, connect }) => {
    const { warnings, logger } = recorder();
    const client = await connect();
    const limiters = times(2, () => createRedisLimiter(client, { limit: 5, logger }));
    const { counted, errors } = await storm(limiters, `${name}:3306`, 6);
    expect(errors).toEqual([]);
    expect(warnings).toEqual([]);
    expect(counted).toHaveLength(12);
    expect(peakPerSecond(counted)).toBe(5);
  });
});

const UNWANTED = { name: 'IamAuthError', code: 'ERR_IAM_AUTH_NOT_NEEDED' };

describe('a request', () => {
  it('that is not wanted is asked before Redis is, is rejected, and costs nothing', async () => {
    const key = await knownKey();
    const limiter = createRedisLimiter(ioredis());
    await scriptCalls();
    await expect(limiter.acquire(request(key, { isNeeded: () => false }))).rejects.toMatchObject(
      UNWANTED,
    );
    expect(await scriptCalls()).toBe(0);
  });

  it('that is not wanted any more when its slot comes leaves it to the next one, or gives it back', async () => {
    const key = await knownKey();
    const limiter = createRedisLimiter(ioredis(), { limit: 1 });
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
    expect(await admin.zcard(`{sequelize-rds-iam:${key}}:slots`)).toBe(1);
  });

  it('is rejected with the reason of its signal at once, before and during the wait', async () => {
    const key = await knownKey();
    const limiter = createRedisLimiter(ioredis(), { limit: 1 });
    const reason = new Error('closed');
    await expect(limiter.acquire(request(key, { signal: AbortSignal.abort(reason) }))).rejects.toBe(
      reason,
    );
    const holding = await limiter.acquire(request(key));
    const closing = new AbortController();
    const waiting = limiter.acquire(request(key, { signal: closing.signal }));
    setTimeout(() => closing.abort(reason), 50);
    await expect(waiting).rejects.toBe(reason);
    holding.settle('notNeeded');
  });

  it('of a process that came first is served first, and many of one process do not hold up another', async () => {
    const key = await knownKey();
    const { limiters } = fleet(3, { limit: 3 });
    const { order } = await storm(limiters, key, 6);
    const firstHalf = order.slice(3, 15);
    for (const index of [0, 1, 2]) {
      expect(firstHalf.filter((one) => one === index).length).toBeGreaterThanOrEqual(3);
    }
  });
});

describe('what a process leaves behind when it dies', () => {
  it('its slots are free again after their lease and 12 s, and its turn after a second', async () => {
    const key = await knownKey();
    const slots = `{sequelize-rds-iam:${key}}:slots`;
    const dead = ioredis();
    const lost = createRedisLimiter(dead, { limit: 1 });
    await lost.acquire(request(key));
    void lost.acquire(request(key)).catch(() => undefined);
    await sleep(50);
    dead.disconnect();
    const freeAt = (await entries(slots))[0]?.[1];
    const nowMs = ((await admin.time()).at(0) ?? 0) * 1_000;
    expect(Number(freeAt) - nowMs).toBeGreaterThan(26_000);
    expect(Number(freeAt) - nowMs).toBeLessThan(28_001);

    for (const [member] of await entries(slots)) await admin.zincrby(slots, -27_000, member);
    const start = performance.now();
    await createRedisLimiter(ioredis(), { limit: 1 }).acquire(request(key));
    expect(performance.now() - start).toBeLessThan(4_000);
  });

  async function entries(slots: string): Promise<[string, string][]> {
    const flat = await admin.zrange(slots, '0', '-2', 'WITHSCORES');
    return flat.flatMap((member, index) =>
      index % 2 === 0 ? [[member, flat[index + 1] ?? ''] as [string, string]] : [],
    );
  }
});

describe('while Redis', () => {
  const LIMIT = 10;
  const options = { limit: LIMIT, processes: 5 };

  it('is flushed, the server sees no more than the limit and every login succeeds', async () => {
    const key = await knownKey();
    const { limiters, warnings } = fleet(5, options);
    const flushes = (async () => {
      for (let flush = 0; flush < 4; flush += 1) {
        await sleep(730);
        await admin.flushall();
      }
    })();
    const { counted, errors } = await storm(limiters, key, 10);
    await flushes;
    expect(errors).toEqual([]);
    expect(peakPerSecond(counted)).toBeLessThanOrEqual(LIMIT);
    expect(warnings).toEqual([]);
  });

  it('is restarted empty, each process says so once, and the server sees no more than the limit', async () => {
    const key = await knownKey();
    const { limiters, warnings } = fleet(5, options);
    const all = storm(limiters, key, 14);
    await sleep(1_500);
    await server.stop();
    await sleep(3_000);
    await server.start();
    const { counted, errors } = await all;
    expect(errors).toEqual([]);
    expect(warnings).toHaveLength(5);
    expect(warnings[0]).toMatch(/^sequelize-rds-iam: Redis does not answer \(.+\): until it does/);
    expect(peakPerSecond(counted)).toBeLessThanOrEqual(LIMIT);
  }, 90_000);

  it('answers nothing for a while, the same holds', async () => {
    const key = await knownKey();
    const { limiters, warnings } = fleet(5, options);
    const all = storm(limiters, key, 12);
    await sleep(1_500);
    await admin.call('CLIENT', 'PAUSE', '4000', 'ALL');
    const { counted, errors } = await all;
    expect(errors).toEqual([]);
    expect(warnings).toHaveLength(5);
    expect(peakPerSecond(counted)).toBeLessThanOrEqual(LIMIT);
  }, 90_000);

  it.each([
    { delayMs: 300, warned: 0 },
    { delayMs: 1_500, warned: 3 },
  ])(
    'answers $delayMs ms late, $warned of 3 processes say so, and the server sees no more than the limit',
    async ({ delayMs, warned }) => {
      const key = await knownKey();
      const { warnings, logger } = recorder();
      const port = await startSlowWay(delayMs);
      const limiters = times(3, () => {
        const client = new Redis(port, server.host);
        client.on('error', () => undefined);
        open.push(() => client.disconnect());
        return createRedisLimiter(client, { ...options, logger });
      });
      const { counted, errors } = await storm(limiters, key, 5);
      expect(errors).toEqual([]);
      expect(counted).toHaveLength(15);
      expect(warnings).toHaveLength(warned);
      expect(peakPerSecond(counted)).toBeLessThanOrEqual(LIMIT);
    },
    90_000,
  );

  it('cannot be reached at all, each process takes its share', async () => {
    const warnings: string[] = [];
    const client = new Redis(1, server.host, { lazyConnect: true });
    client.on('error', () => undefined);
    open.push(() => client.disconnect());
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

  it('has its clock set back by an hour, slots are free again within a second or two', async () => {
    const key = await knownKey();
    const {
      limiters: [limiter],
    } = fleet(1, { limit: 2 });
    if (limiter === undefined) throw new Error('No limiter');
    await storm([limiter], key, 2);
    const prefix = `{sequelize-rds-iam:${key}}`;
    const members = await admin.zrange(`${prefix}:slots`, '0', '-2');
    expect(members).toHaveLength(2);
    for (const member of members) await admin.zincrby(`${prefix}:slots`, 3_600_000, member);
    await admin.hincrby(`${prefix}:state`, 'last', 3_600_000);
    const start = performance.now();
    const { counted } = await storm([limiter], key, 2);
    expect(counted).toHaveLength(2);
    expect(performance.now() - start).toBeLessThan(5_000);
    expect(performance.now() - start).toBeGreaterThan(800);
  });
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
    expect(() => createRedisLimiter(ioredis(), given)).toThrow(says);
  });

  it('a client that is none of the two is refused', () => {
    const unknown: unknown = { get: () => undefined };
    expect(() => createRedisLimiter(unknown as Redis)).toThrow('a client of ioredis or redis');
  });
});
