import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { LoginSlot, LoginSlotRequest } from '../../../src/limiter/contract';
import { RedisQueue } from '../../../src/limiter/redis-queue';
import { MemorySlots } from '../../../src/limiter/memory-slots';
import { MemoryQueue } from '../../../src/limiter/memory-queue';
import { rejected } from '../../harness/caught';

beforeEach(
  () => void jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate'] }),
);
afterEach(() => {
  expect(jest.getTimerCount()).toBe(0);
  jest.useRealTimers();
});

type Answer = [epoch: string, granted?: number, waitMs?: number];

/** One process's queue, with a Redis that answers as the test says. */
function world({ share = 1, intervalMs = 1_000 }: { share?: number; intervalMs?: number } = {}) {
  const calls: string[][] = [];
  const warnings: string[] = [];
  const own = new MemorySlots(Infinity);
  own.lowerLimitTo(share, 1_000);
  const redis = { answer: (): Promise<Answer> => Promise.resolve(['epoch 1', 1, 0]) };
  let stalledMs = 0;
  const queue = new RedisQueue({
    call: (args) => {
      calls.push(args);
      return redis.answer();
    },
    key: 'db:3306',
    share: { limit: 19, intervalMs },
    fallback: new MemoryQueue(own, () => performance.now()),
    diagnostics: { warn: (message) => warnings.push(message), debug: () => undefined },
    now: () => performance.now() + stalledMs,
    random: () => 1,
  });
  const slots: LoginSlot[] = [];
  const acquire = (given: Partial<LoginSlotRequest> = {}) => {
    const acquired = queue.acquire({ key: 'db:3306', leaseMs: 15_000, ...given });
    acquired.then(
      (slot) => slots.push(slot),
      () => undefined,
    );
    return acquired;
  };
  const taken = () => calls.filter(([name]) => name === 'take').length;
  /** The process does nothing for so long, not even its timers. */
  const stall = (ms: number) => void (stalledMs += ms);
  return { redis, calls, warnings, slots, acquire, taken, stall };
}

const down = () => Promise.reject(new Error('ECONNREFUSED'));
const silent = () => new Promise<Answer>(() => undefined);

async function turns(count = 6): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

async function advance(ms: number): Promise<void> {
  await turns();
  for (let passed = 0; passed < ms; passed += 10) {
    jest.advanceTimersByTime(10);
    await turns(3);
  }
}

describe('while Redis answers', () => {
  it('each grant costs one call, and each settlement another', async () => {
    const { acquire, slots, calls, taken } = world();
    await Promise.all([acquire(), acquire(), acquire()]);
    expect(taken()).toBe(3);
    slots.forEach((slot) => slot.settle('accepted'));
    expect(calls.slice(3).map(([name, , ms]) => [name, ms])).toEqual([
      ['settle', '1010'],
      ['settle', '1010'],
      ['settle', '1010'],
    ]);
    await advance(10);
  });

  it('holds a slot for the lease, the 10 s in which the server may read the token late, and 2 s for the answer', async () => {
    const { acquire, calls } = world();
    await acquire({ leaseMs: 15_000 });
    expect(calls[0]?.slice(3)).toEqual(['27000', '19', '1010']);
  });

  it('counts only the first settlement of a slot', async () => {
    const { acquire, calls } = world();
    const slot = await acquire();
    slot.settle('timeout');
    slot.settle('accepted');
    slot.settle('notNeeded');
    expect(calls.slice(1).map(([name, , ms]) => [name, ms])).toEqual([['settle', '10000']]);
    await advance(10);
  });

  it('lets a slot rest for the interval of a share below one login a second', async () => {
    const { acquire, calls } = world({ intervalMs: 2_000 });
    const slot = await acquire();
    slot.settle('accepted');
    expect(calls[0]?.at(-1)).toBe('2010');
    expect(calls[1]?.at(-1)).toBe('2010');
    await advance(10);
  });

  it.each([
    { stalledMs: 2_000, takes: 1 },
    { stalledMs: 2_001, takes: 2 },
  ])(
    'gives a slot back whose answer waited for a stalled process: $stalledMs ms, $takes asked for',
    async ({ stalledMs, takes }) => {
      const { redis, acquire, calls, taken, stall } = world();
      redis.answer = () => {
        if (calls.length === 1) stall(stalledMs);
        return Promise.resolve(['epoch 1', 1, 0]);
      };
      const acquired = acquire();
      await advance(40);
      await acquired;
      expect(taken()).toBe(takes);
      const [, id] = calls[0] ?? [];
      const given = calls.filter(
        ([name, ...told]) => name === 'settle' && told.join() === `${id},0`,
      );
      expect(given).toHaveLength(takes - 1);
    },
  );

  it('rejects a request that is not needed, without asking Redis', async () => {
    const { acquire, calls } = world();
    const error = await rejected(acquire({ isNeeded: () => false }));
    expect(error.code).toBe('ERR_IAM_AUTH_NOT_NEEDED');
    expect(calls).toEqual([]);
  });

  it('returns the slot of a request that is not needed any more when it comes', async () => {
    const { acquire, calls } = world();
    const answers = [true, false];
    const error = await rejected(acquire({ isNeeded: () => answers.shift() ?? false }));
    expect(error.code).toBe('ERR_IAM_AUTH_NOT_NEEDED');
    await advance(10);
    const [, id] = calls[0] ?? [];
    expect(calls.slice(1)).toEqual([['settle', id, '0']]);
  });

  it('asks again after the time that it was told, not before', async () => {
    const { redis, acquire, taken } = world();
    redis.answer = () => Promise.resolve(['epoch 1', 0, 700]);
    void acquire();
    await advance(710);
    expect(taken()).toBe(1);
    redis.answer = () => Promise.resolve(['epoch 1', 1, 0]);
    await advance(20);
    expect(taken()).toBe(2);
  });

  it('tells it again what is in use when it has lost its keys', async () => {
    const { redis, acquire, slots, calls } = world();
    await acquire();
    await acquire();
    slots[0]?.settle('accepted');
    await advance(500);
    redis.answer = () => Promise.resolve(['epoch 2', 1, 0]);
    await acquire();
    const [, ...told] = calls.find(([name, ...ids]) => name === 'settle' && ids.length > 2) ?? [];
    expect(told.filter((_, index) => index % 2 === 1).map(Number)).toEqual([510, 24_500]);
    await advance(10);
  });

  it('refuses what would make the queue longer than 10,000', async () => {
    const { redis, acquire } = world();
    redis.answer = () => Promise.resolve(['epoch 1', 0, 700]);
    const closing = new AbortController();
    const signal = {
      addEventListener: () => undefined,
      removeEventListener: () => undefined,
      aborted: false,
    };
    const quiet = signal as unknown as AbortSignal;
    for (let index = 1; index < 10_000; index += 1) void acquire({ signal: quiet });
    void acquire({ signal: closing.signal });
    const error = await rejected(acquire());
    expect(error).toMatchObject({ code: 'ERR_IAM_AUTH_TIMEOUT' });
    expect(error.message).toContain('lower pool.max');
    closing.abort(new Error('closed'));
    redis.answer = () => Promise.resolve(['epoch 1', 1, 0]);
    await advance(800);
    await turns(20_000);
  });
});

describe('when Redis is lost', () => {
  it.each([
    { how: 'refuses', answer: down, lostAfterMs: 0 },
    { how: 'is silent', answer: silent, lostAfterMs: 1_000 },
  ])(
    'because it $how, the own share is taken from 1,010 ms later on, and it is said once',
    async ({ answer, lostAfterMs }) => {
      const { redis, acquire, slots, warnings } = world({ share: 2 });
      redis.answer = answer;
      const all = [acquire(), acquire(), acquire()];
      await advance(lostAfterMs + 990);
      expect(slots).toHaveLength(0);
      await advance(40);
      expect(slots).toHaveLength(2);
      slots.forEach((slot) => slot.settle('accepted'));
      await advance(1_000);
      expect(slots).toHaveLength(2);
      await advance(40);
      expect(slots).toHaveLength(3);
      await Promise.all(all);
      expect(warnings).toHaveLength(1);
      await advance(3_000);
    },
  );

  it('and found back, it is told what is in use, and asked for slots only 3,510 ms later', async () => {
    const { redis, acquire, slots, calls, taken, warnings } = world();
    await acquire();
    redis.answer = down;
    slots[0]?.settle('accepted');
    void acquire();
    await advance(1_100);
    expect(slots).toHaveLength(2);
    const waiting = acquire();
    redis.answer = () => Promise.resolve(['epoch 1', 1, 0]);
    await advance(420);
    const told =
      calls
        .filter(([name]) => name === 'settle')
        .at(-1)
        ?.slice(1) ?? [];
    expect(told).toHaveLength(4);
    expect(Number(told[1])).toBe(0);
    expect(Number(told[3])).toBeGreaterThan(24_000);

    const before = taken();
    await advance(3_460);
    expect(taken()).toBe(before);
    expect(slots).toHaveLength(2);
    await advance(60);
    expect(taken()).toBe(before + 1);
    await waiting;
    expect(warnings).toHaveLength(1);
  });

  it('nothing is said while nobody waits', async () => {
    const { redis, acquire, slots, warnings } = world();
    await acquire();
    redis.answer = down;
    slots[0]?.settle('accepted');
    await advance(10);
    expect(warnings).toEqual([]);
  });

  it('a grant that comes too late is given back', async () => {
    const { redis, acquire, calls } = world();
    let answerLate: (answer: Answer) => void = () => undefined;
    redis.answer = () => new Promise((resolve) => (answerLate = resolve));
    void acquire();
    await advance(1_020);
    const [, id] = calls[0] ?? [];
    redis.answer = down;
    answerLate(['epoch 1', 1, 0]);
    await turns();
    expect(calls.at(-1)).toEqual(['settle', id, '0']);
    await advance(1_100);
  });

  it('a wait ends at once with its signal and leaves no timer', async () => {
    const { redis, acquire } = world({ share: 1 });
    redis.answer = silent;
    const closing = new AbortController();
    const reason = new Error('closed');
    const all = Promise.allSettled([
      acquire({ signal: closing.signal }),
      acquire({ signal: closing.signal }),
    ]);
    await advance(1_200);
    closing.abort(reason);
    expect(await all).toEqual([
      { status: 'rejected', reason },
      { status: 'rejected', reason },
    ]);
    await turns();
  });
});

describe('the channel of Redis', () => {
  const messages: unknown[] = [];
  const note = (message: unknown) => messages.push(message);
  beforeEach(() => {
    messages.length = 0;
    subscribe('sequelize-rds-iam:redis', note);
  });
  afterEach(() => void unsubscribe('sequelize-rds-iam:redis', note));

  it('says once that Redis is lost, and once that it is back, without the error’s message', async () => {
    const { redis, acquire, slots } = world();
    redis.answer = () =>
      Promise.reject(Object.assign(new Error('to redis://:pass@host'), { code: 'ECONNREFUSED' }));
    const waiting = acquire();
    await advance(1_100);
    expect(messages).toEqual([
      { state: 'lost', key: 'db:3306', lostForMs: 0, errorCode: 'ECONNREFUSED' },
    ]);
    redis.answer = () => Promise.resolve(['epoch 1', 1, 0]);
    const next = acquire();
    await advance(6_000);
    slots.forEach((slot) => slot.settle('accepted'));
    await advance(2_000);
    await Promise.all([waiting, next]);
    expect(messages).toHaveLength(2);
    expect(messages[1]).toEqual({
      state: 'found',
      key: 'db:3306',
      lostForMs: expect.closeTo(1_500, -2) as number,
      errorCode: undefined,
    });
  });
});
