import { runChild } from './child';
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

/** Runs experiments in one cell, one after the other, in a process of their own: an unhandled rejection then is the experiment's. */
export async function runCell(task: CellTask, tell: (row: Row) => void): Promise<Row[]> {
  const rows: Row[] = [];
  const { exitCode, output } = await runChild('cell-process.ts', task, (message) => {
    // What cell-process.ts sends.
    const row = message as Row;
    rows.push(row);
    tell(row);
  });

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
