import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { median } from '../../../bench/median';
import { inTurns } from '../../../bench/peers/measure';
import { peersChart } from '../../../bench/peers/charts';
import { pictureOf } from '../../../bench/peers/picture';
import { peersTable, withTable, type Result } from '../../../bench/peers/report';
import { tableCells } from '../../harness/markdown';

const result: Result = {
  name: 'logins',
  title: 'Cost',
  date: '2026-01-02',
  machine: 'a machine',
  rows: [
    { label: 'time', unit: 'ms', values: { package: 8, hook: 12.344, wrapper: 4_000 } },
    { label: 'denied', unit: '', values: { package: 0, hook: 960, cached: 0 } },
    { label: 'heap', unit: 'kB', values: { package: 10, hook: -3 } },
  ],
};

describe('the table of the race', () => {
  it('shows this package’s figures, and of the others the ratio to them and the figure', () => {
    expect(tableCells(peersTable([result])).slice(1)).toEqual([
      ['**Cost** · 2026-01-02 · npm run bench -- peers --only logins', '', '', '', '', ''],
      ['time', '8 ms', '1.54 × (12.3 ms)', '–', '500 × (4,000 ms)', '–'],
      ['denied', '0', '960', '0', '–', '–'],
      ['heap', '10 kB', '-3 kB', '–', '–', '–'],
    ]);
  });

  it('replaces the last one on the page, and leaves the rest alone', () => {
    const page = readFileSync(join(__dirname, '../../../bench/RESULTS.md'), 'utf8');
    const once = withTable(page, [result]);

    expect(once).toContain('Measured on a machine.');
    expect(withTable(once, [result])).toBe(once);
    expect(once.split('\n')[0]).toBe(page.split('\n')[0]);
    expect(() => withTable('# Another page', [result])).toThrow('has no place');
  });
});

it('takes the median of each figure, in turns', async () => {
  const turns: string[] = [];
  const medians = await inTurns({ isQuick: false }, 3, ['package', 'hook'], (contender) => {
    turns.push(contender);
    return Promise.resolve({ ms: [5, 0, 1, 0, 2][turns.length - 1] ?? 0, rest: turns.length });
  });

  expect(turns).toEqual(['package', 'hook', 'package', 'hook', 'package', 'hook']);
  expect(medians).toEqual({ package: { ms: 2, rest: 3 }, hook: { ms: 0, rest: 4 } });
  expect([median([3, 1]), median([4])]).toEqual([2, 4]);
});

it('draws a bar for each contender that was measured, for light and dark pages', () => {
  const svg = peersChart('A <title>', [result], [{ of: 'logins', label: 'time', as: 'Time' }]);

  expect(svg.match(/class="(?:own|other)"/g)).toHaveLength(3);
  expect(svg).toContain('A &lt;title>');
  expect(svg).toContain('prefers-color-scheme: dark');
});

describe('the picture of the README', () => {
  const run = (name: string, errors: string[], outcomes: ('accepted' | 'throttled')[]) => ({
    name,
    queries: { count: 3, errors, tookMs: 100 },
    logins: outcomes.map((outcome, index) => ({ at: 5_000 + index * 100, outcome })),
  });
  const svg = pictureOf(
    [
      run('By hand', ['no'], ['accepted', 'throttled', 'throttled']),
      run('Ours', [], ['accepted', 'accepted']),
    ],
    1,
  );

  it('says for each way how many queries succeed, and how many logins a second saw', () => {
    expect(svg).toContain('2 of 3 queries succeed · peak: 3 logins per second');
    expect(svg).toContain('3 of 3 queries succeed · peak: 2 logins per second');
  });

  it('draws the logins of each sliding second in steps, those that were accepted on top of all', () => {
    const paths = [...svg.matchAll(/class="(own|other)" d="([^"]+)"/g)].map(([, color, path]) => ({
      color,
      steps: path?.match(/V/g)?.length,
    }));

    // Up with each login, down a second later, and down to the axis at the end.
    expect(paths).toEqual([
      { color: 'other', steps: 7 },
      { color: 'own', steps: 3 },
      { color: 'other', steps: 5 },
      { color: 'own', steps: 5 },
    ]);
  });
});
