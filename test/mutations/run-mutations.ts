import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkBaseline } from './baseline';
import { Copy } from './copy';
import { judge, type Verdict } from './judge';
import { isIntegration, type Mutation } from './mutation';
import { build, runTests } from './run-tests';

/** Two cores are busy with two, and more would make the tests late. */
const AT_ONCE = 2;

export interface Result {
  readonly mutation: Mutation;
  readonly verdict: Verdict;
  readonly seconds: number;
}

/**
 * Breaks each line in a copy of the repository and runs the test that must catch it, after all these tests have passed unbroken.
 * The copies are removed at the end, and also if `signal` aborts.
 */
export async function runMutations(
  mutations: readonly Mutation[],
  tell: (result: Result) => void,
  signal: AbortSignal,
): Promise<Result[]> {
  const folder = mkdtempSync(join(tmpdir(), 'mutations-'));
  try {
    const copies = Array.from({ length: AT_ONCE }, (_, lane) => new Copy(join(folder, `${lane}`)));
    await checkBaseline(copies, mutations, signal);
    const waiting = [...mutations].sort(slowFirst);
    const results: Result[] = [];
    const work = async (copy: Copy) => {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
        const startedAt = performance.now();
        const verdict = await tryOut(copy, next, signal);
        const seconds = Math.round((performance.now() - startedAt) / 100) / 10;
        results.push({ mutation: next, verdict, seconds });
        tell({ mutation: next, verdict, seconds });
      }
    };
    const ends = await Promise.allSettled(copies.map(work));
    for (const end of ends) if (end.status === 'rejected') throw end.reason;
    const order = (result: Result) => mutations.indexOf(result.mutation);
    return results.sort((one, other) => order(one) - order(other));
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

const slowFirst = (one: Mutation, other: Mutation) =>
  Number(isIntegration(other.test)) - Number(isIntegration(one.test));

async function tryOut(copy: Copy, mutation: Mutation, signal: AbortSignal): Promise<Verdict> {
  const mend = copy.break(mutation);
  try {
    const { test, only } = mutation;
    if (isIntegration(test)) {
      const { exitCode, output } = await build(copy, ['.'], signal);
      if (exitCode !== 0) return { kind: 'broken', reason: output };
    }
    return judge(await runTests(copy, { files: [test], only, isBroken: true }, signal));
  } finally {
    mend();
  }
}
