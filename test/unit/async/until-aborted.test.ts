import { getEventListeners } from 'node:events';
import { untilAborted } from '../../../src/async/until-aborted';

type Settle = { resolve: (value: string) => void; reject: (error: Error) => void };

function started(signal?: AbortSignal) {
  const settle: Settle = { resolve: () => undefined, reject: () => undefined };
  const undo = jest.fn();
  const promise = untilAborted<string>(signal, (resolve, reject) => {
    Object.assign(settle, { resolve, reject });
    return undo;
  });
  return { promise, undo, settle };
}

it.each(['resolve', 'reject'] as const)(
  'undoes once after a %s, and stops listening',
  async (end) => {
    const aborted = new AbortController();
    const { promise, undo, settle } = started(aborted.signal);
    expect(getEventListeners(aborted.signal, 'abort')).toHaveLength(1);
    if (end === 'resolve') settle.resolve('done');
    else settle.reject(new Error('failed'));
    const result = await promise.catch((error: unknown) => error);
    expect(result).toEqual(end === 'resolve' ? 'done' : new Error('failed'));
    expect(undo).toHaveBeenCalledTimes(1);
    expect(getEventListeners(aborted.signal, 'abort')).toHaveLength(0);
  },
);

it('rejects with the signal’s reason when it aborts, and undoes', async () => {
  const aborted = new AbortController();
  const { promise, undo } = started(aborted.signal);
  const reason = new Error('closed');
  aborted.abort(reason);
  await expect(promise).rejects.toBe(reason);
  expect(undo).toHaveBeenCalledTimes(1);
});

it('begins nothing when the signal has aborted', async () => {
  const start = jest.fn();
  const reason = new Error('closed');
  await expect(untilAborted(AbortSignal.abort(reason), start)).rejects.toBe(reason);
  expect(start).not.toHaveBeenCalled();
});

it('makes an error of a reason that is none', async () => {
  await expect(started(AbortSignal.abort('closed')).promise).rejects.toEqual(new Error('closed'));
});

it('needs no signal', async () => {
  const { promise, undo, settle } = started();
  settle.resolve('done');
  await expect(promise).resolves.toBe('done');
  expect(undo).toHaveBeenCalledTimes(1);
});
