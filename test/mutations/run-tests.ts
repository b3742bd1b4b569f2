import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Copy } from './copy';
import type { JestReport, Run } from './judge';
import { isIntegration } from './mutation';
import { runNode } from './run-command';

const BUILD = require.resolve('./build.mjs');
const RUN_MS = 120_000;
const BASELINE_MS = 600_000;
const BUILD_MS = 60_000;
/** A test that waits for what a broken line never does should not wait long. */
const TEST_MS = 20_000;
const REPORT = 'report.json';

export interface Tests {
  readonly files: readonly string[];
  /** The pattern of the tests' names. */
  readonly only?: string | undefined;
  /** Whether a line of the copy is broken, so that tests may hang. */
  readonly isBroken: boolean;
}

/** Builds these folders of the copy. */
export function build(copy: Copy, folders: readonly string[], signal: AbortSignal) {
  const paths = folders.map((folder) => join(copy.folder, folder));
  return runNode([BUILD, ...paths], { cwd: copy.folder, timeoutMs: BUILD_MS, signal });
}

/** Runs test files of one project in the copy. */
export async function runTests(copy: Copy, tests: Tests, signal: AbortSignal): Promise<Run> {
  const { files, only, isBroken } = tests;
  const report = join(copy.folder, REPORT);
  rmSync(report, { force: true });
  const project = files.some(isIntegration) ? 'integration' : 'unit';
  const args = [
    join(copy.folder, 'node_modules/jest/bin/jest.js'),
    `--selectProjects=${project}`,
    '--runInBand',
    '--forceExit',
    '--json',
    `--outputFile=${report}`,
    // Jest's own place for its cache outlives this folder.
    `--cacheDirectory=${join(copy.folder, '.cache')}`,
    ...(isBroken ? [`--testTimeout=${TEST_MS}`] : []),
    ...(only === undefined ? [] : [`--testNamePattern=${only}`]),
    '--runTestsByPath',
    ...files,
  ];
  const { isLate, output } = await runNode(args, {
    cwd: copy.folder,
    timeoutMs: isBroken ? RUN_MS : BASELINE_MS,
    signal,
  });
  return { isLate, output, report: readReport(report) };
}

function readReport(path: string): JestReport | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as JestReport;
  } catch {
    // Jest ended before it wrote one.
    return undefined;
  }
}
