import { EventEmitter } from 'node:events';
import { catchWhileReading } from '../../../src/dialects/catch-while-reading';

const failure = new RangeError('out of range');

/** A stream whose reader throws. */
function watched() {
  const stream = new EventEmitter();
  for (const event of ['data', 'end']) {
    stream.on(event, () => {
      throw failure;
    });
  }
  const caught: Error[] = [];
  const release = catchWhileReading(stream, (error) => void caught.push(error));
  return { stream, caught, release };
}

it('hands over what a reader throws, as a breach of the protocol', () => {
  const { stream, caught } = watched();
  stream.emit('data', Buffer.of(1));
  expect(caught).toMatchObject([{ code: 'EPROTO', cause: failure }]);
});

it('leaves what others throw alone', () => {
  const { stream, caught } = watched();
  expect(() => stream.emit('end')).toThrow(failure);
  expect(caught).toEqual([]);
});

it('leaves everything alone once the login is over', () => {
  const { stream, caught, release } = watched();
  release();
  expect(() => stream.emit('data', Buffer.of(1))).toThrow(failure);
  expect(caught).toEqual([]);
});
