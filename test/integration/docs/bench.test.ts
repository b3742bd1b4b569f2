import { ORDER } from '../../../bench/bench-storms';
import { runNode } from '../../harness/child';

const bench = (...args: string[]) =>
  runNode(['--require', 'esbuild-register', 'bench/bench.ts', ...args]);

describe('npm run bench', () => {
  it('says which benchmarks there are', async () => {
    const { exitCode, stderr } = await bench('storm');
    expect({ exitCode, stderr }).toEqual({
      exitCode: 2,
      stderr: 'npm run bench -- storms|fleet|restart|limiters|import\n',
    });
  });

  it('says which storms there are', async () => {
    const { exitCode, stderr } = await bench('storms', 'in a teacup');
    expect({ exitCode, stderr }).toEqual({
      exitCode: 2,
      stderr: `No such storm; there are:\n${ORDER.join('\n')}\n`,
    });
  });
});
