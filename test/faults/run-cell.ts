import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Figures } from './judge';

/** What one experiment showed in one cell. */
export interface Row {
  readonly cell: string;
  readonly experiment: string;
  readonly figures?: Figures;
  /** None if all was as promised. */
  readonly complaints: readonly string[];
}

/** What a cell's process is to do. */
export interface CellTask {
  readonly cell: string;
  readonly experiments: readonly string[];
}

const CHILD = join(__dirname, 'cell-process.ts');
const OUTPUT_CHARACTERS = 2_000;

/** Runs experiments in one cell, one after the other, in a process of their own: an unhandled rejection then is the experiment's. */
export async function runCell(task: CellTask, tell: (row: Row) => void): Promise<Row[]> {
  const child = fork(CHILD, {
    execArgv: ['--require', require.resolve('esbuild-register')],
    // The built package, where esbuild-register would take its name for its sources, as the compiler does.
    env: {
      ...process.env,
      TS_NODE_PROJECT: join(__dirname, '../fixtures/tsconfig.built.json'),
      NODE_NO_WARNINGS: '1',
    },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const rows: Row[] = [];
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.on(
      'data',
      (bytes: Buffer) => (output = (output + bytes.toString()).slice(-OUTPUT_CHARACTERS)),
    );
  child.on('message', (row: Row) => {
    rows.push(row);
    tell(row);
  });
  child.send(task);
  const [exitCode] = (await once(child, 'exit')) as [number | null];

  const { cell, experiments } = task;
  const missing = experiments.filter((id) => !rows.some(({ experiment }) => experiment === id));
  const complaints = [`The process ended with exit code ${exitCode}: ${output}`];
  for (const experiment of missing) {
    const row = { cell, experiment, complaints };
    rows.push(row);
    tell(row);
  }
  return rows;
}
