import { deepStrictEqual, ok, strictEqual } from 'node:assert';
import { join } from 'node:path';
import { peakPerSecond } from 'rds-iam-emulator';
import { startCluster } from '../../harness/cells';
import { runNode } from '../../harness/child';
import type { ExitingPlan } from '../exiting-plan';
import type { Experiment } from '../experiment';
import { placesOf, typeScriptEnvironment } from '../second-process';
import type { Stage } from '../stage';

const PROGRAM = join(__dirname, '../programs/exiting.ts');
const EXIT_CODE = 7;
const LIMIT = 19;
const ENDS_WITHIN_MS = 20_000;
/** As long as a login may be under way to the server when the process ends. */
const SETTLES_MS = 300;

/** Runs a process that ends while logins wait: with its own exit code, in silence, and without a login afterwards. */
async function endWhileLoginsWait(stage: Stage, way: ExitingPlan['way']): Promise<void> {
  const { cell } = stage;
  const cluster = await startCluster(cell);
  stage.onClose(cluster.close);
  const plan: ExitingPlan = {
    cell: cell.name,
    places: placesOf(cluster),
    way,
    exitCode: EXIT_CODE,
  };
  const ended = await runNode(
    ['--require', require.resolve('esbuild-register'), PROGRAM, JSON.stringify(plan)],
    { env: typeScriptEnvironment(), timeout: ENDS_WITHIN_MS },
  );
  deepStrictEqual(ended, { exitCode: EXIT_CODE, stdout: '', stderr: '' });
  const attempts = async () => {
    const all = await Promise.all(cluster.all.map(({ emulator }) => emulator.attempts()));
    for (const each of all) ok(peakPerSecond(each) <= LIMIT, 'Too many logins in a second');
    return all.flat().length;
  };
  await stage.wait(SETTLES_MS);
  const before = await attempts();
  ok(before > 0, 'The process has made no login');
  await stage.wait(1_500);
  strictEqual(await attempts(), before, 'A login came after the process had ended');
}

const FAULTS = {
  exit: 'A process calls `process.exit()` while logins wait',
  close: 'A process closes its instance while logins wait, and ends by itself',
  SIGTERM: 'A process gets SIGTERM while logins wait, closes its instance and exits',
} as const;

/** A process ends while logins wait. */
export const exitExperiments: readonly Experiment[] = (['exit', 'close', 'SIGTERM'] as const).map(
  (way) => ({
    id: `process-ends-${way.toLowerCase()}`,
    group: 'Process',
    isAlone: true,
    fault: FAULTS[way],
    remedy: 'Nothing: it ends with its own exit code and in silence, and no login follows',
    run: (stage) => endWhileLoginsWait(stage, way),
    // The application beside it notices nothing.
    errors: [],
    queryMs: 2_500,
    recoveryMs: 0,
    // `run` throws unless it was met.
    isMet: ({ queries }) => queries.length > 0,
  }),
);
