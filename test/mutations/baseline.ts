import { cpSync } from 'node:fs';
import { join } from 'node:path';
import type { Copy } from './copy';
import { isIntegration, type Mutation } from './mutation';
import { build, runTests } from './run-tests';

/** Builds what the integration tests need, in all copies, and throws unless each named test passes where nothing is broken. */
export async function checkBaseline(
  copies: readonly Copy[],
  mutations: readonly Mutation[],
  signal: AbortSignal,
): Promise<void> {
  const [first, ...others] = copies;
  if (first === undefined) return;
  const isSlow = ({ test }: Mutation) => isIntegration(test);
  const slow = mutations.filter(isSlow);
  const fast = mutations.filter((each) => !isSlow(each));
  if (slow.length > 0) {
    const { exitCode, output } = await build(first, ['.', 'emulator'], signal);
    if (exitCode !== 0) throw new Error(`The unbroken package does not build:\n${output}`);
    for (const { folder } of others)
      for (const dist of ['dist', 'emulator/dist'])
        cpSync(join(first.folder, dist), join(folder, dist), { recursive: true });
  }
  await checkGreen(first, fast, signal);
  await checkGreen(first, slow, signal);
}

async function checkGreen(copy: Copy, mutations: readonly Mutation[], signal: AbortSignal) {
  if (mutations.length === 0) return;
  const files = [...new Set(mutations.map(({ test }) => test))];
  const whole = mutations.filter(({ only }) => only === undefined).map(({ test }) => test);
  const patterns = [...new Set(mutations.flatMap(({ only }) => only ?? []))];
  const runs = [
    { files: [...new Set(whole)], isBroken: false },
    {
      files: files.filter((file) => !whole.includes(file)),
      only: patterns.map((pattern) => `(?:${pattern})`).join('|'),
      isBroken: false,
    },
  ].filter((run) => run.files.length > 0);
  const passed: string[] = [];
  for (const run of runs) {
    const { output, report } = await runTests(copy, run, signal);
    if (report?.success !== true) throw new Error(`Tests fail where nothing is broken:\n${output}`);
    const results = report.testResults.flatMap((file) => file.assertionResults);
    passed.push(
      ...results.filter(({ status }) => status === 'passed').map(({ fullName }) => fullName),
    );
  }
  const idle = patterns.filter((pattern) => !passed.some((name) => RegExp(pattern).test(name)));
  if (idle.length > 0) throw new Error(`No test has the name ${idle.join(', ')}`);
}
