import { TimeoutError } from 'sequelize-pool';
import { IamAuthError, isNotNeeded } from '../../../src/errors';
import { MemorySlots } from '../../../src/limiter/memory-slots';
import { MemoryQueue } from '../../../src/limiter/memory-queue';
import { PoolWatch } from '../../../src/sequelize/pool-watch';
import { createPool, type Connection } from '../../harness/sequelize-pool';

beforeEach(
  () => void jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate'] }),
);
afterEach(() => jest.useRealTimers());

const never = new AbortController().signal;
const nextTurn = () => new Promise<void>((resolve) => setImmediate(resolve));
async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await nextTurn();
}

/** A pool whose creates wait until the test ends them. */
function world(settings: { max?: number; min?: number; acquireTimeoutMillis?: number } = {}) {
  const creates: { connect: () => void; fail: (error: Error) => void }[] = [];
  const { pool, watched } = createPool({
    create: () =>
      new Promise<Connection>((resolve, reject) =>
        creates.push({ connect: () => resolve({ id: creates.length }), fail: reject }),
      ),
    ...settings,
  });
  const watch = new PoolWatch(watched);
  const waiting = (maxWaitMs = 60_000) => {
    const giveUp = jest.fn();
    const leave = watch.add({ maxWaitMs: () => maxWaitMs, giveUp });
    return { giveUp, leave };
  };
  const acquire = () => pool.acquire().catch((error: unknown) => error);
  return { pool, watch, creates, waiting, acquire };
}

describe('whether one more connection is wanted', () => {
  it.each([
    { queries: 1, inHook: 1, isNeeded: true },
    { queries: 2, inHook: 2, isNeeded: true },
    { queries: 2, inHook: 1, isNeeded: true },
    { queries: 1, inHook: 0, isNeeded: false },
    { queries: 2, inHook: 0, isNeeded: false },
  ])(
    '$queries queries, as many creates, $inHook of them still in the hook: $wanted',
    ({ queries, inHook, isNeeded }) => {
      const { pool, watch, waiting, acquire } = world();
      for (let index = 0; index < queries; index += 1) void acquire();
      for (let index = 0; index < inHook; index += 1) waiting();
      expect([pool.size, pool.waiting]).toEqual([queries, queries]);
      expect(watch.isNeeded()).toBe(isNeeded);
    },
  );

  it('not when the query got another connection meanwhile', async () => {
    const { pool, watch, creates, waiting, acquire } = world();
    const first = pool.acquire();
    creates[0]?.connect();
    const connection = await first;
    const second = acquire();
    waiting();
    expect(watch.isNeeded()).toBe(true);
    pool.release(connection);
    await second;
    expect(watch.isNeeded()).toBe(false);
  });

  it('when more queries wait than connections are on their way', () => {
    const { watch, waiting, acquire } = world({ max: 2 });
    for (let index = 0; index < 3; index += 1) void acquire();
    const first = waiting();
    const second = waiting();
    expect(watch.isNeeded()).toBe(true);
    first.leave();
    expect(watch.isNeeded()).toBe(true);
    second.leave();
    expect(watch.isNeeded()).toBe(true);
  });

  it('when the pool would stay below its min, though nobody waits', async () => {
    const { pool, watch, creates, waiting } = world({ min: 2 });
    const all = [pool.acquire(), pool.acquire()];
    creates.forEach(({ connect }) => connect());
    const [one] = await Promise.all(all);
    if (one === undefined) throw new Error('No connection');
    await pool.destroy(one);
    expect([pool.size, pool.waiting]).toEqual([2, 0]);
    const { leave } = waiting();
    expect(watch.isNeeded()).toBe(true);
    leave();
    expect(watch.isNeeded()).toBe(false);
  });
});

describe('a create that is not wanted', () => {
  it('is told at once when no query waits', async () => {
    const { watch } = world();
    await expect(watch.isNeededAgain(never)).resolves.toBe(false);
  });

  it('waits while a query waits, for which another connection is on its way', async () => {
    const { watch, creates, acquire } = world();
    const query = acquire();
    const told = jest.fn();
    void watch.isNeededAgain(never).then(told);
    await turns(3);
    expect(told).not.toHaveBeenCalled();

    creates[0]?.connect();
    await query;
    await turns(2);
    expect(told).toHaveBeenCalledWith(false);
  });

  it('is wanted again when another query comes', async () => {
    const { pool, watch, waiting, acquire } = world({ max: 2 });
    void acquire();
    void acquire();
    waiting();
    pool.acquire().catch(() => undefined);
    await expect(watch.isNeededAgain(never)).resolves.toBe(true);
  });

  it('is wanted again when one on its way fails and queries are left', async () => {
    const { watch, creates, acquire, waiting } = world({ max: 2 });
    const first = acquire();
    const second = acquire();
    const { leave } = waiting();
    leave();
    const again = watch.isNeededAgain(never);
    creates[0]?.fail(new Error('refused'));
    await expect(first).resolves.toEqual(new Error('refused'));
    waiting();
    void acquire();
    await expect(again).resolves.toBe(true);
    creates[1]?.connect();
    await second;
  });

  it('ends with the reason of its signal', async () => {
    const { watch, acquire } = world();
    void acquire();
    const aborted = new AbortController();
    const reason = new Error('closed');
    const again = expect(watch.isNeededAgain(aborted.signal)).rejects.toBe(reason);
    aborted.abort(reason);
    await again;
  });
});

describe('any interleaving of queries, connections and unwanted creates', () => {
  /** Numbers from 0 to below 1 that the seed decides. */
  function seeded(seed: number): () => number {
    let state = seed;
    return () => {
      state = (state + 0x6d2b79f5) | 0;
      let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
      mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
      return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
    };
  }

  type GiveUp = (watch: PoolWatch) => Promise<boolean>;
  const patiently: GiveUp = (watch) => watch.isNeededAgain(new AbortController().signal);
  const atOnce: GiveUp = () => Promise.resolve(false);

  /** Runs some queries on a pool; returns the errors they got and what was left behind. */
  async function run(seed: number, isNeededAgain: GiveUp) {
    const random = seeded(seed);
    const upTo = (most: number) => Math.floor(random() * (most + 1));
    const max = 1 + upTo(4);
    const min = random() < 0.3 ? upTo(Math.min(2, max)) : 0;
    const failureRate = random() < 0.5 ? 0 : random() / 2;
    const queue = new MemoryQueue(new MemorySlots(Infinity), () => performance.now());

    const admit = async (): Promise<void> => {
      const leave = watch.add({ maxWaitMs: () => 1e6, giveUp: () => undefined });
      try {
        for (;;) {
          await turns(upTo(3));
          try {
            await queue.acquire({ key: '', leaseMs: 1, isNeeded: () => watch.isNeeded() });
            return;
          } catch (error) {
            if (!isNotNeeded(error) || !(await isNeededAgain(watch))) throw error;
          }
        }
      } finally {
        leave();
      }
    };
    const { pool, watched } = createPool({
      max,
      min,
      create: async () => {
        await turns(upTo(1));
        await admit();
        await turns(upTo(3));
        if (random() < failureRate) throw new Error('refused');
        return { id: 1 };
      },
    });
    const watch = new PoolWatch(watched);

    const errors: unknown[] = [];
    let settled = 0;
    const query = async (): Promise<void> => {
      try {
        const connection = await pool.acquire();
        if (random() < 0.7) await turns(upTo(3));
        if (random() < 0.8) pool.release(connection);
        else void pool.destroy(connection);
      } catch (error) {
        errors.push(error);
      }
    };
    const client = async (queries: number): Promise<void> => {
      await turns(upTo(6));
      for (let index = 0; index < queries; index += 1) {
        await query();
        for (let tick = upTo(4); tick > 0; tick -= 1) await Promise.resolve();
        if (random() < 0.3) await turns(upTo(3));
      }
      settled += 1;
    };
    const clients = 1 + upTo(7);
    for (let index = 0; index < clients; index += 1) void client(1 + upTo(2));
    for (let turn = 0; turn < 400 && settled < clients; turn += 1) await nextTurn();
    await turns(20);
    return {
      notNeeded: errors.filter(isNotNeeded).length,
      hanging: clients - settled,
      underWay: pool.size - pool.available,
    };
  }

  async function runMany(count: number, isNeededAgain: GiveUp) {
    const sum = { notNeeded: 0, hanging: 0, underWay: 0 };
    for (let first = 0; first < count; first += 250) {
      const batch = Array.from({ length: 250 }, (_, index) => run(first + index, isNeededAgain));
      for (const result of await Promise.all(batch)) {
        sum.notNeeded += result.notNeeded;
        sum.hanging += result.hanging;
        sum.underWay += result.underWay;
      }
    }
    return sum;
  }

  // Six seconds alone; beside other suites on two cores it has taken a minute.
  it('rejects no query because of an unwanted create, lets none hang, and ends every create: 1,500 runs', async () => {
    expect(await runMany(1_500, patiently)).toEqual({ notNeeded: 0, hanging: 0, underWay: 0 });
  }, 300_000);

  it('would reject queries if unwanted creates failed at once', async () => {
    expect((await runMany(500, atOnce)).notNeeded).toBeGreaterThan(0);
  });
});

describe('the deadline of the oldest query', () => {
  it('ends the youngest create when the oldest query has waited as long as it may', () => {
    const { acquire, waiting } = world();
    void acquire();
    const older = waiting(10_000);
    jest.advanceTimersByTime(4_000);
    void acquire();
    const younger = waiting(10_000);

    jest.advanceTimersByTime(5_999);
    expect(younger.giveUp).not.toHaveBeenCalled();
    jest.advanceTimersByTime(1);
    expect(younger.giveUp).toHaveBeenCalledTimes(1);
    expect(older.giveUp).not.toHaveBeenCalled();
  });

  it('ends one create for each query that has waited as long as it may', () => {
    const { acquire, waiting } = world();
    for (let index = 0; index < 4; index += 1) void acquire();
    const creates = [waiting(10_000), waiting(10_000), waiting(10_000)];
    jest.advanceTimersByTime(10_000);
    for (const { giveUp } of creates) expect(giveUp).toHaveBeenCalledTimes(1);
  });

  it('spares the creates of younger queries', async () => {
    const { pool, acquire, waiting, creates } = world();
    const old = acquire();
    const first = waiting(10_000);
    jest.advanceTimersByTime(9_000);
    const young = acquire();
    const second = waiting(10_000);
    second.giveUp.mockImplementation(() => {
      second.leave();
      creates[1]?.fail(new Error('too long'));
    });
    jest.advanceTimersByTime(1_000);
    await expect(old).resolves.toEqual(new Error('too long'));
    expect(pool.waiting).toBe(1);
    jest.advanceTimersByTime(8_999);
    expect(first.giveUp).not.toHaveBeenCalled();
    creates[0]?.connect();
    await expect(young).resolves.toHaveProperty('id');
  });

  it('starts anew for the next query when the oldest one has been served', async () => {
    const { acquire, waiting, creates } = world({ max: 2 });
    const first = acquire();
    jest.advanceTimersByTime(9_000);
    void acquire();
    const { giveUp } = waiting(10_000);
    creates[0]?.connect();
    await first;
    jest.advanceTimersByTime(9_999);
    expect(giveUp).not.toHaveBeenCalled();
    jest.advanceTimersByTime(1);
    expect(giveUp).toHaveBeenCalledTimes(1);
  });

  it('comes earlier once a shorter wait is allowed', () => {
    const { acquire, watch } = world();
    void acquire();
    let maxWaitMs = 60_000;
    const giveUp = jest.fn();
    watch.add({ maxWaitMs: () => maxWaitMs, giveUp });
    jest.advanceTimersByTime(15_000);
    maxWaitMs = 10_000;
    watch.recheck();
    jest.advanceTimersByTime(1);
    expect(giveUp).toHaveBeenCalledTimes(1);
  });

  it('counts queries that came before the watch from its beginning', () => {
    const { pool, watched } = createPool({ create: () => new Promise(() => undefined) });
    pool.acquire().catch(() => undefined);
    jest.advanceTimersByTime(5_000);
    const watch = new PoolWatch(watched);
    const giveUp = jest.fn();
    watch.add({ maxWaitMs: () => 10_000, giveUp });
    jest.advanceTimersByTime(9_999);
    expect(giveUp).not.toHaveBeenCalled();
    jest.advanceTimersByTime(1);
    expect(giveUp).toHaveBeenCalledTimes(1);
  });

  it('holds no timer while no create or no query waits', async () => {
    const { pool, watch, acquire, waiting, creates } = world({ acquireTimeoutMillis: 60_000 });
    const { leave } = waiting();
    expect(jest.getTimerCount()).toBe(0);
    const query = acquire();
    expect(jest.getTimerCount()).toBe(2);
    leave();
    expect(jest.getTimerCount()).toBe(1);
    creates[0]?.connect();
    await query;
    expect(jest.getTimerCount()).toBe(0);

    void acquire();
    waiting();
    expect(jest.getTimerCount()).toBe(2);
    watch.remove();
    expect(jest.getTimerCount()).toBe(1);
    expect(pool.waiting).toBe(1);
  });
});

describe('the watched pool', () => {
  it('behaves as before: connections, errors and the acquire time-out', async () => {
    const { pool, watch, creates } = world({ acquireTimeoutMillis: 20 });
    expect(watch.acquireTimeoutMs).toBe(20);
    const first = pool.acquire();
    creates[0]?.connect();
    await expect(first).resolves.toEqual({ id: 1 });
    const second = pool.acquire();
    creates[1]?.fail(new IamAuthError('ERR_IAM_AUTH_TIMEOUT', 'too long'));
    await expect(second).rejects.toMatchObject({ code: 'ERR_IAM_AUTH_TIMEOUT' });
    const late = expect(pool.acquire()).rejects.toBeInstanceOf(TimeoutError);
    jest.advanceTimersByTime(20);
    await late;
    pool.release(await first);
    void pool.drain();
    await expect(pool.acquire()).rejects.toThrow('draining');
  });

  it('has its own properties back after remove', () => {
    const { pool, watched } = createPool({ create: () => Promise.resolve({ id: 1 }) });
    const before = Object.getOwnPropertyNames(pool);
    const acquire: unknown = Reflect.get(pool, 'acquire');
    const watch = new PoolWatch(watched);
    expect(Reflect.get(pool, 'acquire')).not.toBe(acquire);
    watch.remove();
    expect(Object.getOwnPropertyNames(pool)).toEqual(before);
    expect(Reflect.get(pool, 'acquire')).toBe(acquire);
  });
});
