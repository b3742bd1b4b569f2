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
      stderr: 'npm run bench -- storms|fleet|restart|limiters|import|observe\n',
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
  });
});
