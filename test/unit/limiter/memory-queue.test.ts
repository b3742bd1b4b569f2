import { setMaxListeners } from 'node:events';
import fc from 'fast-check';
import type { LoginSlot, LoginSlotRequest } from '../../../src/limiter/contract';
import { MemorySlots } from '../../../src/limiter/memory-slots';
import { MemoryQueue } from '../../../src/limiter/memory-queue';
import { rejected } from '../../harness/caught';
import {
  countedAt,
  LEASE_MS,
  peakPerSecond,
  scenarios,
  type Scenario,
} from '../../harness/login-simulation';

beforeEach(
  () => void jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate'] }),
);
afterEach(() => {
  expect(jest.getTimerCount()).toBe(0);
  jest.useRealTimers();
});

const now = () => performance.now();
const request = (given: Partial<LoginSlotRequest> = {}): LoginSlotRequest => ({
  key: 'db:3306',
  leaseMs: LEASE_MS,
  ...given,
});

function queueOf(limit: number, clock = now): MemoryQueue {
  const count = new MemorySlots(Infinity);
  count.lowerLimitTo(limit, 1_000);
  return new MemoryQueue(count, clock);
}

/** Lets everything happen that needs no time to pass. */
async function turns(count = 3): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

async function advance(ms: number): Promise<void> {
  await turns();
  await jest.advanceTimersByTimeAsync(ms);
  await turns();
}

async function runAll(): Promise<void> {
  await turns();
  while (jest.getTimerCount() > 0) {
    jest.advanceTimersToNextTimer();
    await turns();
    if (jest.getTimerCount() === 0) await turns(70);
  }
}

/** Runs a scenario in simulated time: a stall makes the clock go on while no timer fires. */
async function run({ limit, logins, stalls }: Scenario, abortAfterMs: readonly number[]) {
  let stalledMs = 0;
  const clock = () => now() + stalledMs;
  const start = clock();
  const queue = queueOf(limit, clock);
  const counted: number[] = [];
  const granted: { index: number; arrivedAt: number; at: number }[] = [];
  const ends: string[] = logins.map(() => 'pending');

  for (const { at, forMs } of stalls) setTimeout(() => (stalledMs += forMs), at);
  logins.forEach((login, index) => {
    const begin = (slot: LoginSlot, arrivedAt: number) => {
      const from = clock();
      ends[index] = 'granted';
      granted.push({ index, arrivedAt: arrivedAt - start, at: from - start });
      const { outcome } = login;
      if (outcome === 'lost') {
        counted.push(countedAt(login, from, from + LEASE_MS));
        return;
      }
      setTimeout(() => {
        if (outcome !== 'notNeeded') counted.push(countedAt(login, from, clock()));
        slot.settle(outcome);
        slot.settle('notNeeded');
      }, login.durationMs);
    };
    const abortAt = abortAfterMs[index];
    const aborted = new AbortController();
    setTimeout(() => {
      const arrivedAt = clock();
      if (abortAt !== undefined) setTimeout(() => aborted.abort(new Error('aborted')), abortAt);
      queue
        .acquire(
          request({
            signal: aborted.signal,
            isNeeded: () => login.outcome !== 'notNeeded' || login.countedAt < 0.5,
          }),
        )
        .then(
          (slot) => begin(slot, arrivedAt),
          (error: unknown) => (ends[index] = error instanceof Error ? error.message : 'odd'),
        );
    }, login.arrivesAt);
  });
  await runAll();
  return { counted, granted, ends };
}

describe('any mix of logins, outcomes, stalls, aborted and unwanted requests', () => {
  const storms = fc.record({
    scenario: scenarios(60),
    aborts: fc.array(fc.option(fc.integer({ min: 0, max: 5_000 }), { nil: undefined, freq: 2 }), {
      minLength: 60,
      maxLength: 60,
    }),
  });
  const aborts = (given: readonly (number | undefined)[]) =>
    given.map((ms, index) => (index % 4 === 0 && ms !== undefined ? ms : NaN));

  it('reaches the server at most `limit` times in any 1000 ms, loses no request, and is served in order', async () => {
    await fc.assert(
      fc.asyncProperty(storms, async ({ scenario, aborts: given }) => {
        const abortAfterMs = aborts(given).map((ms) => (Number.isNaN(ms) ? 1e8 : ms));
        const { counted, granted, ends } = await run(scenario, abortAfterMs);

        expect(peakPerSecond(counted)).toBeLessThanOrEqual(scenario.limit);
        expect(ends).not.toContain('pending');
        expect(new Set(ends)).toEqual(
          new Set(
            ends.filter((end) =>
              ['granted', 'aborted', 'No query needs this connection any more'].includes(end),
            ),
          ),
        );
        const arrivals = granted.map(({ arrivedAt }) => arrivedAt);
        expect(arrivals).toEqual([...arrivals].sort((one, other) => one - other));
      }),
      { numRuns: 60 },
    );
  });
});

it('grants the first `limit` at once, and the next when a login has been over for a second', async () => {
  const queue = queueOf(19);
  const slots: LoginSlot[] = [];
  for (let index = 0; index < 25; index += 1) {
    void queue.acquire(request()).then((slot) => slots.push(slot));
  }
  await advance(0);
  expect(slots).toHaveLength(19);

  slots.forEach((slot) => slot.settle('accepted'));
  await advance(1_009);
  expect(slots).toHaveLength(19);
  await advance(1);
  expect(slots).toHaveLength(25);
});

it('keeps up at least 0.9 × limit / (1 s + mean login time) while there is demand', async () => {
  const demand = fc.record({
    limit: fc.integer({ min: 1, max: 20 }),
    durations: fc.array(fc.integer({ min: 0, max: 3_000 }), {
      minLength: 60,
      maxLength: 90,
      size: 'max',
    }),
  });
  await fc.assert(
    fc.asyncProperty(demand, async ({ limit, durations }) => {
      const logins = durations.map((durationMs) => ({
        arrivesAt: 0,
        durationMs,
        outcome: 'accepted' as const,
        countedAt: 0.5,
      }));
      const { granted } = await run({ limit, logins, stalls: [] }, []);
      const seconds = Math.max(...granted.map(({ at }) => at)) / 1_000;
      const meanS = durations.reduce((sum, ms) => sum + ms, 0) / durations.length / 1_000;
      expect(granted).toHaveLength(durations.length);
      expect(granted.length / seconds).toBeGreaterThanOrEqual((0.9 * limit) / (1 + meanS));
    }),
    { numRuns: 20 },
  );
});

it('refuses the request beyond 10,000 waiting ones, with what to change', async () => {
  const queue = queueOf(1);
  const closing = new AbortController();
  const holding = await queue.acquire(request());
  const signal = closing.signal;
  setMaxListeners(0, signal);
  const waiting = Array.from({ length: 10_000 }, () => queue.acquire(request({ signal })));
  const error = await rejected(queue.acquire(request()));
  expect(error.code).toBe('ERR_IAM_AUTH_TIMEOUT');
  expect(error.message).toBe(
    '10000 connections to db:3306 already wait for a login: lower pool.max',
  );
  closing.abort(new Error('closed'));
  await Promise.allSettled(waiting);
  holding.settle('notNeeded');
}, 30_000);

describe('a request', () => {
  it('that is unwanted when its turn comes is rejected and costs no slot', async () => {
    const queue = queueOf(1);
    const unwanted = rejected(queue.acquire(request({ isNeeded: () => false })));
    const next = queue.acquire(request());
    await advance(0);
    expect(await unwanted).toMatchObject({ code: 'ERR_IAM_AUTH_NOT_NEEDED' });
    (await next).settle('notNeeded');
  });

  it('is asked in a macrotask of its own whether it is wanted', async () => {
    const queue = queueOf(19);
    const order: string[] = [];
    const ask = (name: string) => ({
      isNeeded: () => {
        order.push(name);
        void Promise.resolve().then(() => order.push(`after ${name}`));
        return true;
      },
    });
    void queue.acquire(request(ask('first')));
    void queue.acquire(request(ask('second')));
    expect(order).toEqual([]);
    await runAll();
    expect(order).toEqual(['first', 'after first', 'second', 'after second']);
  });

  it('whose signal has aborted already is rejected with its reason and takes no slot', async () => {
    const queue = queueOf(1);
    const reason = new Error('closed');
    await expect(queue.acquire(request({ signal: AbortSignal.abort(reason) }))).rejects.toBe(
      reason,
    );
    const slot = queue.acquire(request());
    await advance(0);
    (await slot).settle('accepted');
  });

  it('aborted while it waits is rejected at once, and the next one moves up', async () => {
    const queue = queueOf(1);
    const aborted = new AbortController();
    const reason = new Error('closed');
    const holding = queue.acquire(request());
    const waiting = queue.acquire(request({ signal: aborted.signal }));
    const next = queue.acquire(request());
    const failed = expect(waiting).rejects.toBe(reason);
    await advance(0);
    aborted.abort(reason);
    await failed;
    (await holding).settle('notNeeded');
    await advance(0);
    (await next).settle('accepted');
  });

  it('aborted between its turn and the grant gives its slot to the next one', async () => {
    const queue = queueOf(1);
    const aborted = new AbortController();
    const reason = new Error('closed');
    const failed = expect(queue.acquire(request({ signal: aborted.signal }))).rejects.toBe(reason);
    const next = queue.acquire(request());
    aborted.abort(reason);
    await failed;
    await advance(0);
    (await next).settle('accepted');
  });

  it('holds no timer once the last waiting one has left', async () => {
    const queue = queueOf(1);
    const aborted = new AbortController();
    const holding = queue.acquire(request());
    const waiting = rejectedReason(queue.acquire(request({ signal: aborted.signal })));
    await advance(0);
    expect(jest.getTimerCount()).toBe(1);
    aborted.abort(new Error('closed'));
    await waiting;
    expect(jest.getTimerCount()).toBe(0);
    (await holding).settle('accepted');
  });

  it('gets the slot of one that was lost, 10 s after its lease', async () => {
    const queue = queueOf(1);
    void queue.acquire(request({ leaseMs: 5_000 }));
    const next = queue.acquire(request());
    const granted = jest.fn();
    void next.then(granted);
    await advance(14_999);
    expect(granted).not.toHaveBeenCalled();
    await advance(1);
    expect(granted).toHaveBeenCalledTimes(1);
  });
});

it('counts only the first settlement of a slot', async () => {
  const queue = queueOf(1);
  const first = queue.acquire(request());
  await advance(0);
  const slot = await first;
  slot.settle('accepted');
  slot.settle('notNeeded');
  const next = queue.acquire(request());
  const granted = jest.fn();
  void next.then(granted);
  await advance(1_009);
  expect(granted).not.toHaveBeenCalled();
  await advance(1);
  expect(granted).toHaveBeenCalledTimes(1);
});

async function rejectedReason(promise: Promise<unknown>): Promise<unknown> {
  return promise.catch((error: unknown) => error);
}
