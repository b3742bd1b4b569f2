import type { Application } from './consumer';
import { judge } from './judge';

const application: Application = { name: 'an application', run: [] };
const well = { exitCode: 0, output: 'Visits: 1' };
const denied = { exitCode: 1, output: 'Access denied' };

it.each([
  ['ends well and leaves its row', application, well, 1],
  ['says what it must', { ...application, prints: /Visits: \d/ }, well, 1],
  ['leaves two rows that it must', { ...application, visits: 2 }, well, 2],
  ['fails as it must', { ...application, fails: /denied/ }, denied, 0],
])('is content with one that %s', (_, row, ended, visits) => {
  expect(judge(row, ended, visits)).toEqual({ kind: 'ok' });
});

it.each([
  ['fails', application, denied, 1, 'ended with 1'],
  ['is ended', application, { ...denied, exitCode: null }, 1, 'ended with a signal'],
  ['leaves no row', application, well, 0, 'left 0 rows, not 1'],
  ['leaves a row too many', application, well, 2, 'left 2 rows, not 1'],
  ['keeps silent', { ...application, prints: /span/ }, well, 1, 'did not say /span/'],
  ['ends well', { ...application, fails: /denied/ }, well, 0, 'ended well, and should have failed'],
  ['fails for another reason', { ...application, fails: /TLS/ }, denied, 0, 'did not say /TLS/'],
  [
    'fails too late',
    { ...application, fails: /denied/ },
    denied,
    1,
    'visited, and should have failed before',
  ],
  [
    'prints a part of a token',
    application,
    { ...well, output: 'x-amz-credential=' },
    1,
    'prints a secret (x-amz-)',
  ],
  [
    'works in spite of its mark',
    { ...application, upstream: 'no TLS' },
    well,
    1,
    'works by now: take its mark "upstream" away',
  ],
])('complains of one that %s', (_, row, ended, visits, reason) => {
  expect(judge(row, ended, visits)).toEqual({ kind: 'fails', reason });
});

it('tells why one with a mark does not work', () => {
  expect(judge({ ...application, upstream: 'no TLS' }, denied, 0)).toEqual({
    kind: 'upstream',
    reason: 'no TLS',
  });
});
