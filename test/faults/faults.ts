/** `npm run faults [-- filter … | -- --memory [connections]]`: one fault after another upon an application at work, in each cell. */
import { cells } from '../harness/cells';
import globalSetup from '../harness/global-setup';
import globalTeardown from '../harness/global-teardown';
import { EXPERIMENTS } from './experiments';
import { reportMemory } from './memory';
import { record } from './report';
import { runCell, type CellTask, type Row } from './run-cell';

/** The experiments wait more than they compute. */
const AT_ONCE = 4;

/** The experiments of each cell whose names contain all words. */
export function select(words: readonly string[]): CellTask[] {
  return cells.flatMap((cell) => {
    const experiments = EXPERIMENTS.filter(
      ({ id, group, cells: isFor = () => true }) =>
        isFor(cell) &&
        words.every((word) =>
          `${cell.name} ${id} ${group}`.toLowerCase().includes(word.toLowerCase()),
        ),
    );
    return experiments.length === 0
      ? []
      : [{ cell: cell.name, experiments: experiments.map(({ id }) => id) }];
  });
}

function tell({ cell, experiment, figures, complaints }: Row): void {
  const failed = Object.entries(figures?.failed ?? {}).map(([code, count]) => `${count} ${code}`);
  const said = figures && `${figures.queries} queries; failed: ${failed.join(', ') || 'none'}`;
  console.log(
    `${complaints.length === 0 ? 'ok   ' : 'WRONG'} ${cell}: ${experiment} (${said ?? 'no figures'})`,
  );
  for (const complaint of complaints) console.log(`      ${complaint}`);
}

/** `--memory [connections]`: what many connections leave behind, which takes too long for each run. */
async function measure(connections: string | undefined): Promise<number> {
  await globalSetup();
  try {
    const isKept = await reportMemory(connections === undefined ? undefined : Number(connections));
    return isKept ? 0 : 1;
  } finally {
    await globalTeardown();
  }
}

async function main(words: readonly string[]): Promise<number> {
  if (words.at(0) === '--memory') return measure(words.at(1));
  const tasks = select(words);
  if (tasks.length === 0) throw new Error(`No experiment matches "${words.join(' ')}"`);
  await globalSetup();
  try {
    const rows: Row[] = [];
    const work = async () => {
      for (let task = tasks.shift(); task !== undefined; task = tasks.shift())
        rows.push(...(await runCell(task, tell)));
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    await record(rows);
    const wrong = rows.filter(({ complaints }) => complaints.length > 0);
    console.log(`${rows.length - wrong.length} of ${rows.length} as promised`);
    return wrong.length === 0 ? 0 : 1;
  } finally {
    await globalTeardown();
  }
}

void main(process.argv.slice(2)).then((exitCode) => (process.exitCode = exitCode));
