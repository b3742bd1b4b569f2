import { peakPerSecond, type Attempt } from 'rds-iam-emulator';
import { cells, type Cell } from '../harness/cells';
import { endIdleProcesses } from '../harness/emulator-processes';
import { seeded } from '../harness/seeded';
import { EXPERIMENTS } from './experiments';
import { brokenPromises, measure } from './judge';
import { runRound } from './run-round';
import type { SoakMessage, SoakTask } from './soak-cell';
import { openStage, type Stage } from './stage';

const CREDENTIALS_LIFETIME_MS = 60_000;
const SECOND_MS = 1_000;

const send = (message: SoakMessage) => process.send?.(message);

/** Experiments that one application can go through, one after the other. */
const eligible = (cell: Cell) =>
  EXPERIMENTS.filter(
    ({ prepare, isAlone = false, cells: isFor = () => true }) =>
      prepare === undefined && !isAlone && isFor(cell),
  );

/** Logins of the last second of a round belong to the next one's first second too. */
class Peaks {
  #tails: readonly (readonly Attempt[])[] = [];

  of(rounds: readonly (readonly Attempt[])[]): number {
    const since = Date.now() - SECOND_MS;
    const all = rounds.map((attempts, index) => [...(this.#tails[index] ?? []), ...attempts]);
    this.#tails = all.map((attempts) => attempts.filter(({ tokenAt = 0 }) => tokenAt > since));
    return Math.max(0, ...all.map(peakPerSecond));
  }
}

async function soak(stage: Stage, { minutes, seed }: SoakTask): Promise<void> {
  const random = seeded(seed);
  const experiments = eligible(stage.cell);
  const peaks = new Peaks();
  const startedAt = performance.now();
  const endsAt = startedAt + minutes * 60_000;
  while (performance.now() < endsAt) {
    const experiment = experiments[Math.floor(random() * experiments.length)];
    if (experiment === undefined) throw new Error('There is no experiment for this cell');
    const roundAt = performance.now();
    const seen = await runRound(experiment, stage);
    const figures = measure(seen);
    globalThis.gc?.();
    send({
      round: {
        experiment: experiment.id,
        atMs: roundAt - startedAt,
        tookMs: performance.now() - roundAt,
        ...figures,
        logins: seen.attempts.flat().filter(({ tokenAt }) => tokenAt !== undefined).length,
        peak: peaks.of(seen.attempts),
        heapBytes: process.memoryUsage().heapUsed,
        handles: process.getActiveResourcesInfo().length,
      },
    });
    const complaints = brokenPromises(experiment, seen);
    if (complaints.length > 0) return void send({ unexplained: complaints });
  }
}

async function run(task: SoakTask): Promise<void> {
  const cell = cells.find(({ name }) => name === task.cell);
  if (cell === undefined) throw new Error(`There is no cell ${task.cell}`);
  const stage = await openStage(cell, CREDENTIALS_LIFETIME_MS);
  try {
    stage.connect({});
    await soak(stage, task);
  } finally {
    await stage.close();
    await endIdleProcesses();
    process.disconnect();
  }
}

process.once('message', (task: SoakTask) => void run(task));
