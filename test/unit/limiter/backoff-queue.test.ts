import { setMaxListeners } from 'node:events';
import { Backoff } from '../../../src/limiter/backoff';
import { BackoffQueue } from '../../../src/limiter/backoff-queue';

beforeEach(() => void jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask'] }));
afterEach(() => {
  expect(jest.getTimerCount()).toBe(0);
  jest.useRealTimers();
});

const createBackoff = () => new BackoffQueue(() => performance.now(), new Backoff(() => 1));

/** Counts how many of `count` waiters were told that an attempt may begin. */
function waiters(backoff: BackoffQueue, count: number, aborting = new AbortController()) {
  setMaxListeners(0, aborting.signal);
  const told = { ready: 0, entered: 0, reasons: [] as unknown[] };
  for (let index = 0; index < count; index += 1) {
    backoff.ready(aborting.signal).then(
      () => {
        told.ready += 1;
        if (backoff.enter()) told.entered += 1;
      },
      (reason: unknown) => told.reasons.push(reason),
    );
  }
  return told;
}

it('is open to all while logins are accepted', async () => {
  const told = waiters(createBackoff(), 50);
  await jest.advanceTimersByTimeAsync(0);
  expect(told).toMatchObject({ ready: 50, entered: 50 });
});

it('admits one of the waiters after the delay', async () => {
  const backoff = createBackoff();
  const aborted = new AbortController();
  backoff.settle('failed', new Error('refused'));
  const told = waiters(backoff, 50, aborted);
  await jest.advanceTimersByTimeAsync(49);
  expect(told.ready).toBe(0);
  await jest.advanceTimersByTimeAsync(1);
  expect(told.entered).toBe(1);
  await jest.advanceTimersByTimeAsync(900);
  expect(told.entered).toBe(1);
  aborted.abort(new Error('closed'));
  await jest.advanceTimersByTimeAsync(0);
});

it('admits about one attempt a second while they fail, and remembers the last error', async () => {
  const backoff = createBackoff();
  let attempts = 0;
  const aborted = new AbortController();
  const attempt = async () => {
    while (!aborted.signal.aborted) {
      await backoff.ready(aborted.signal);
      if (!backoff.enter()) continue;
      attempts += 1;
      backoff.settle('denied', new Error(`refused ${attempts}`));
    }
  };
  const ended = Promise.allSettled([attempt(), attempt(), attempt(), attempt()]);
  await jest.advanceTimersByTimeAsync(60_000);
  expect(attempts).toBeGreaterThan(55);
  expect(attempts).toBeLessThan(70);
  expect(backoff.lastError).toEqual(new Error(`refused ${attempts}`));
  aborted.abort(new Error('closed'));
  await ended;
});

it('opens to all waiters at once when a login is accepted', async () => {
  const backoff = createBackoff();
  for (let index = 0; index < 9; index += 1) backoff.settle('failed', new Error('refused'));
  const told = waiters(backoff, 20);
  await jest.advanceTimersByTimeAsync(500);
  expect(told.ready).toBe(0);
  backoff.settle('accepted');
  await jest.advanceTimersByTimeAsync(0);
  expect(told).toMatchObject({ ready: 20, entered: 20 });
  expect(backoff.failing).toBe(false);
});

it('waits out an attempt under way, or a second where it has no answer', async () => {
  const backoff = createBackoff();
  backoff.settle('failed');
  await jest.advanceTimersByTimeAsync(50);
  expect(backoff.enter()).toBe(true);
  const told = waiters(backoff, 1);
  await jest.advanceTimersByTimeAsync(999);
  expect(told.ready).toBe(0);
  await jest.advanceTimersByTimeAsync(1);
  expect(told).toMatchObject({ ready: 1, entered: 1 });
});

it('rejects a waiter with the reason of its signal, and holds no timer then', async () => {
  const backoff = createBackoff();
  backoff.settle('failed');
  const aborted = new AbortController();
  const reason = new Error('closed');
  const told = waiters(backoff, 3, aborted);
  await jest.advanceTimersByTimeAsync(10);
  aborted.abort(reason);
  await jest.advanceTimersByTimeAsync(0);
  expect(told).toEqual({ ready: 0, entered: 0, reasons: [reason, reason, reason] });
  expect(jest.getTimerCount()).toBe(0);

  const late = waiters(createBackoff(), 1, aborted);
  await jest.advanceTimersByTimeAsync(0);
  expect(late.reasons).toEqual([reason]);
});
