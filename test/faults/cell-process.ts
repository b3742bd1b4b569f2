import { cells, type Cell } from '../harness/cells';
import { endIdleProcesses, keepIdleProcesses } from '../harness/emulator-processes';
import type { Experiment } from './experiment';
import { EXPERIMENTS } from './experiments';
import { judge, measure } from './judge';
import type { CellTask, Row } from './run-cell';
import { runRound } from './run-round';
import { stageFor } from './stage';

async function runOne(cell: Cell, experiment: Experiment): Promise<Row> {
  const row = { cell: cell.name, experiment: experiment.id };
  try {
    const stage = await stageFor(cell, experiment);
    try {
      const seen = await runRound(experiment, stage);
      return { ...row, figures: measure(seen), complaints: judge(experiment, cell, seen) };
    } finally {
      await stage.close();
    }
  } catch (error) {
    return { ...row, complaints: [error instanceof Error ? String(error.stack) : String(error)] };
  }
}

async function runAll({ cell: name, experiments }: CellTask): Promise<void> {
  const cell = cells.find((each) => each.name === name);
  keepIdleProcesses();
  for (const experiment of EXPERIMENTS) {
    if (cell === undefined || !experiments.includes(experiment.id)) continue;
    process.send?.(await runOne(cell, experiment));
  }
  await endIdleProcesses();
  // What still holds the process open is for the parent to see: it has a bound.
  process.disconnect();
}

process.once('message', (task: CellTask) => void runAll(task));
