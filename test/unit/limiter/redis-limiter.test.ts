import { setMaxListeners } from 'node:events';
import { createRedisLimiter } from '../../../src/redis';
import type { LoginSlot } from '../../../src/limiter/contract';

beforeEach(
  () => void jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate'] }),
);
afterEach(() => {
  jest.clearAllTimers();
  jest.useRealTimers();
});

const fails = () => Promise.reject(new Error('ECONNREFUSED'));
const quiet = { warn: () => undefined };
let keys = 0;

async function advance(ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += 10) {
    jest.advanceTimersByTime(10);
    for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  }
}

it.each([
  { options: { limit: 12, processes: 4 }, granted: 3 },
  { options: { limit: 12 }, granted: 1 },
  { options: { limit: 12, processes: 1 }, granted: 12 },
])('without Redis, a process makes $granted logins a second with $options', async (row) => {
  const limiter = createRedisLimiter(
    { eval: fails, evalsha: fails },
    { ...row.options, logger: quiet },
  );
  const slots: LoginSlot[] = [];
  const closing = new AbortController();
  setMaxListeners(0, closing.signal);
  const request = { key: `db-${(keys += 1)}:3306`, leaseMs: 15_000, signal: closing.signal };
  const all = Array.from({ length: 13 }, () =>
    limiter.acquire(request).then((slot) => void slots.push(slot)),
  );

  await advance(1_200);
  expect(slots).toHaveLength(row.granted);

  const ended = Promise.allSettled(all);
  closing.abort(new Error('closed'));
  await ended;
});

it('asks Redis for one slot at a time, however many logins wait', async () => {
  let asked = 0;
  const answer = () => {
    asked += 1;
    return Promise.resolve(['epoch', 0, 60_000]);
  };
  const limiter = createRedisLimiter({ eval: answer, evalsha: answer }, { logger: quiet });
  const closing = new AbortController();
  const request = { key: `db-${(keys += 1)}:3306`, leaseMs: 15_000, signal: closing.signal };
  const all = Promise.allSettled(Array.from({ length: 5 }, () => limiter.acquire(request)));

  await advance(500);
  expect(asked).toBe(1);

  closing.abort(new Error('closed'));
  await all;
});
