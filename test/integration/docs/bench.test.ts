import { CONTENDERS } from '../../../bench/peers/contenders';
import { ORDER } from '../../../bench/bench-storms';
import { runNode } from '../../harness/child';
import { tableCells } from '../../harness/markdown';

const bench = (...args: string[]) =>
  runNode(['--require', 'esbuild-register', 'bench/bench.ts', ...args]);

describe('npm run bench', () => {
  it('says which benchmarks there are', async () => {
    const { exitCode, stderr } = await bench('storm');
    expect({ exitCode, stderr }).toEqual({
      exitCode: 2,
      stderr: 'npm run bench -- storms|fleet|restart|limiters|import|observe|peers|picture\n',
    });
  });

  it('says which storms there are', async () => {
    const { exitCode, stderr } = await bench('storms', 'in a teacup');
    expect({ exitCode, stderr }).toEqual({
      exitCode: 2,
      stderr: `No such storm; there are:\n${ORDER.join('\n')}\n`,
    });
  });

  it('measures what observation costs, and says how', async () => {
    const { stdout, stderr } = await bench('observe', '200');
    const [header, ...rows] = tableCells(stdout);
    expect({ header, stderr }).toEqual({
      header: ['Observers', 'µs per login', 'Ratio'],
      stderr: '',
    });
    expect(rows.map(([name]) => name)).toEqual([
      'no subscriber',
      'one subscriber, of asyncEnd',
      'OpenTelemetry, metrics and spans',
    ]);
    for (const [, us] of rows) expect(us).toMatch(/^-?\d+\.\d{3}$/);
    expect(stdout).toContain('µs that are allowed (median of 15 rounds of 200 logins)');
  });

  it('measures no number of logins that is none', async () => {
    const { exitCode, stderr } = await bench('observe', 'many');
    expect({ exitCode, stderr }).toEqual({
      exitCode: 2,
      stderr: 'npm run bench -- observe [logins a round, not many]\n',
    });
  it('races the package against the others, in a table with a command for each part', async () => {
    const parts = ['start', 'storms'];
    const { exitCode, stdout } = await bench(
      ...['peers', '--quick'],
      ...parts.flatMap((part) => ['--only', part]),
    );
    const [header = [], ...rows] = tableCells(stdout);
    const titles = rows.filter(([first = '']) => first.startsWith('**'));
    const figures = rows.filter((row) => !titles.includes(row));

    expect(exitCode).toBe(0);
    expect(header).toEqual(['', ...Object.values(CONTENDERS)]);
    expect(titles.map(([first = '']) => /npm run bench .*/.exec(first)?.[0])).toEqual([
      'npm run bench -- peers --only storms',
      'npm run bench -- peers --only start',
    ]);
    expect(figures).toHaveLength(6);
    for (const [, own, ...others] of figures) {
      expect(own).toMatch(/^[\d,.]+(?: (?:ms|s|kB|MB))?$/);
      for (const other of others) expect(other).toMatch(/^(?:–|[\d,]+|[\d.]+ × \(.+\))$/);
      expect(others).toHaveLength(4);
    }
  });

  it('says which parts the race has', async () => {
    const { exitCode, stderr } = await bench('peers', '--only', 'teacup');

    expect(exitCode).toBe(2);
    expect(stderr).toContain('There is no teacup');
    expect(stderr).toContain('storms|churn|logins|credentials|start|memory|install|growth');
  });
});
