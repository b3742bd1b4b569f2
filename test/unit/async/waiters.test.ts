import { getEventListeners } from 'node:events';
import { Waiters } from '../../../src/async/waiters';

beforeEach(() => void jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask'] }));
afterEach(() => {
  expect(jest.getTimerCount()).toBe(0);
  jest.useRealTimers();
});

it('wakes all at once, whatever time they have left, and those that come later not', async () => {
  const waiters = new Waiters();
  const { signal } = new AbortController();
  const all = Promise.all([waiters.sleep(signal), waiters.sleep(signal, 60_000)]);
  waiters.notifyAll();
  await all;
  expect(getEventListeners(signal, 'abort')).toHaveLength(0);

  const woken = jest.fn();
  void waiters.sleep(signal, 500).then(woken);
  await jest.advanceTimersByTimeAsync(499);
  expect(woken).not.toHaveBeenCalled();
  await jest.advanceTimersByTimeAsync(1);
  expect(woken).toHaveBeenCalledTimes(1);
});

it('rejects one whose signal aborts, and only that one', async () => {
  const waiters = new Waiters();
  const aborted = new AbortController();
  const reason = new Error('closed');
  const failed = expect(waiters.sleep(aborted.signal, 500)).rejects.toBe(reason);
  const other = waiters.sleep(new AbortController().signal, 500);
  aborted.abort(reason);
  await failed;
  await jest.advanceTimersByTimeAsync(500);
  await other;
});
