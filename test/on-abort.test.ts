import { getEventListeners } from 'node:events';
import { onAbort } from '../src/on-abort';

it('tells all that share a signal its reason, once, through one listener', () => {
  const stop = new AbortController();
  const told: string[] = [];
  for (const name of ['one', 'two', 'three']) {
    onAbort(stop.signal, (reason) => told.push(`${name}: ${String(reason)}`));
  }
  expect(getEventListeners(stop.signal, 'abort')).toHaveLength(1);
  stop.abort('enough');
  stop.abort('more');
  expect(told).toEqual(['one: enough', 'two: enough', 'three: enough']);
});

it('tells none that has taken its listener back, and leaves nothing on the signal when all have', () => {
  const stop = new AbortController();
  const told: string[] = [];
  const takeBack = ['one', 'two'].map((name) => onAbort(stop.signal, () => told.push(name)));
  takeBack[0]?.();
  takeBack[0]?.();
  expect(getEventListeners(stop.signal, 'abort')).toHaveLength(1);
  takeBack[1]?.();
  expect(getEventListeners(stop.signal, 'abort')).toHaveLength(0);
  onAbort(stop.signal, () => told.push('three'));
  stop.abort();
  expect(told).toEqual(['three']);
});

it('tells at once of a signal that has aborted, and does nothing without one', () => {
  const told: unknown[] = [];
  onAbort(AbortSignal.abort('early'), (reason) => told.push(reason))();
  onAbort(undefined, (reason) => told.push(reason))();
  expect(told).toEqual(['early']);
});
