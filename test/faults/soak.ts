/** `npm run soak -- [--minutes N] [--seed S] [--cell NAME …] [--write]`: faults at random upon applications that keep running. */
import { parseArgs } from 'node:util';
import globalSetup from '../harness/global-setup';
import globalTeardown from '../harness/global-teardown';
import { APPLICATIONS, soakCell, type Soak, type SoakRound, type SoakTask } from './soak-cell';
import { failuresOf, recordSoaks } from './soak-report';

const MEGABYTE = 2 ** 20;

function tell(cell: string, round: SoakRound): void {
  const { atMs, experiment, queries, failed, peak, heapBytes, handles } = round;
  const at = `${(atMs / 60_000).toFixed(1)} min`.padStart(9);
  const heap = `${(heapBytes / MEGABYTE).toFixed(1)} MB`;
  console.log(
    `${at} ${cell}: ${experiment}: ${queries} queries; failed: ${failuresOf([failed])}; peak ${peak}; ${heap}; ${handles} handles`,
  );
}

async function soak(task: SoakTask): Promise<Soak> {
  const result = await soakCell(task, (round) => tell(task.cell, round));
  const { cell, seed, unexplained } = result;
  if (unexplained.length > 0)
    console.log(
      `Unexplained, with --cell "${cell}" --seed ${seed}:\n  ${unexplained.join('\n  ')}`,
    );
  return result;
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      minutes: { type: 'string', default: '10' },
      seed: { type: 'string', default: '1' },
      cell: { type: 'string', multiple: true, default: [...APPLICATIONS] },
      write: { type: 'boolean', default: false },
    },
  });
  const minutes = Number(values.minutes);
  const seed = Number(values.seed);
  if (!(minutes > 0) || !Number.isInteger(seed))
    throw new Error('npm run soak -- [--minutes N] [--seed S] [--cell NAME …] [--write]');
  await globalSetup();
  let soaks: Soak[];
  try {
    const tasks = values.cell.map((cell, index) => ({ cell, minutes, seed: seed + index }));
    soaks = await Promise.all(tasks.map(soak));
  } finally {
    await globalTeardown();
  }
  if (values.write) await recordSoaks(soaks);
  return soaks.every(({ unexplained }) => unexplained.length === 0) ? 0 : 1;
}

void main().then((exitCode) => (process.exitCode = exitCode));
