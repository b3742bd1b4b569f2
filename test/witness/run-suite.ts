import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { devNull } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { Undo } from '../../examples/demo/undo';
import { countBy, peakPerSecond, type Attempt } from 'rds-iam-emulator';
import { indexed, type Result, type Results } from './compare';
import { startStage, type Dialect, type Stage } from './stage';

/** How the suite logs in. */
export type Way = 'by hand' | 'with the package';

/** Which of Sequelize's tests to run. */
export interface Suite {
  readonly checkout: string;
  readonly dialect: Dialect;
  /** Relative to the checkout. */
  readonly files: readonly string[];
}

/** One run of the suite. */
export interface SuiteRun {
  readonly results: Results;
  /** Login attempts by outcome, as the emulator counted them. */
  readonly logins: Readonly<Record<string, number>>;
  /** Most logins in any sliding second. */
  readonly peak: number;
  readonly seconds: number;
}

/** Sequelize's own is 30 s; connections wait for their turn, and the machine may be busy. */
const TEST_TIMEOUT_MS = 120_000;
const PROGRESS_EVERY = 250;
const KEPT_OUTPUT = 2_000;

/** Runs these tests in one process of mocha, in front of a server and an emulator of their own. */
export async function runSuite(suite: Suite, way: Way): Promise<SuiteRun> {
  const undo = new Undo();
  try {
    const stage = await startStage(suite.dialect, undo);
    const startedAt = performance.now();
    const results = await runMocha(suite, way, environment(stage, way));
    const attempts = await stage.emulator.attempts();
    return {
      results: indexed(results),
      logins: countBy(attempts, 'outcome'),
      peak: peakPerSecond(attempts.map(arrival)),
      seconds: Math.round((performance.now() - startedAt) / 1_000),
    };
  } finally {
    await undo.run();
  }
}

/** Those that brought no token count when they were accepted. */
function arrival({ acceptedAt, tokenAt = acceptedAt }: Attempt): { tokenAt: number } {
  return { tokenAt };
}

/** Nothing of the caller's environment but PATH: an AWS profile or a server of theirs must not be used. */
function environment({ env, endpoint, caPem }: Stage, way: Way): NodeJS.ProcessEnv {
  return {
    ...env,
    PATH: process.env.PATH,
    AWS_CONFIG_FILE: devNull,
    AWS_SHARED_CREDENTIALS_FILE: devNull,
    WITNESS: JSON.stringify({ ...endpoint, ca: caPem, way }),
  };
}

async function runMocha(
  { checkout, files }: Suite,
  way: Way,
  env: NodeJS.ProcessEnv,
): Promise<Result[]> {
  const child = spawn(
    process.execPath,
    [
      join(checkout, 'node_modules/mocha/bin/_mocha'),
      ...['--require', './test/registerEsbuild', '--require', join(__dirname, 'log-in.cjs')],
      ...['--reporter', join(__dirname, 'result-lines.cjs')],
      ...['--timeout', String(TEST_TIMEOUT_MS)],
      ...files,
    ],
    { cwd: checkout, env, stdio: ['ignore', 'ignore', 'pipe', 'pipe'] },
  );
  let said = '';
  child.stderr?.on('data', (bytes: Buffer) => {
    said = (said + bytes.toString()).slice(-KEPT_OUTPUT);
  });
  const ended = once(child, 'close');
  const [, , , lines] = child.stdio;
  if (!(lines instanceof Readable)) throw new Error('mocha has no pipe for its results');
  const results: Result[] = [];
  for await (const line of createInterface({ input: lines })) {
    // Written by result-lines.cjs.
    results.push(JSON.parse(line) as Result);
    if (results.length % PROGRESS_EVERY === 0) console.error(`  ${way}: ${results.length} tests`);
  }
  const [exitCode, signal] = (await ended) as [number | null, string | null];
  const failed = results.filter(({ outcome }) => outcome === 'failed').length;
  // mocha's exit code is the number of failed tests.
  if (exitCode !== Math.min(failed, 255)) {
    throw new Error(`${way}: mocha broke off (${exitCode ?? signal}):\n${said}`);
  }
  if (results.length === 0) throw new Error(`mocha ran no test:\n${said}`);
  return results;
}
