/** How one test, or one of mocha's hooks, ended. */
export interface Result {
  readonly file: string;
  readonly title: string;
  readonly outcome: 'passed' | 'failed' | 'skipped';
  /** Of the error, its first line. */
  readonly message?: string;
}

/** Results by the file and the title of their tests; of equal titles each has a number. */
export type Results = ReadonlyMap<string, Result>;

/** A test that does worse in one way than in the other. */
export interface Difference {
  readonly key: string;
  readonly file: string;
  readonly message: string;
}

export function indexed(results: readonly Result[]): Results {
  const index = new Map<string, Result>();
  for (const result of results) {
    const name = `${result.file}: ${result.title}`;
    let key = name;
    for (let number = 2; index.has(key); number += 1) key = `${name} (${number})`;
    index.set(key, result);
  }
  return index;
}

/** What fails in one way and not in the other, and what passes in the other and does not even run to its end in this one. */
export function failingOnlyIn(results: Results, other: Results): Difference[] {
  const keys = new Set([...results.keys(), ...other.keys()]);
  return [...keys].flatMap((key) => {
    const here = results.get(key);
    const there = other.get(key);
    const failsHere = here?.outcome === 'failed' && there?.outcome !== 'failed';
    const passesThere = there?.outcome === 'passed' && here?.outcome !== 'passed';
    if (!failsHere && !passesThere) return [];
    const file = here?.file ?? there?.file ?? '';
    return [{ key, file, message: here?.message ?? here?.outcome ?? 'did not run' }];
  });
}

/** Those differences that were found a second time, and those that were not. */
export function confirm(
  found: readonly Difference[],
  again: readonly Difference[],
): { readonly confirmed: Difference[]; readonly flaky: Difference[] } {
  const keys = new Set(again.map(({ key }) => key));
  return {
    confirmed: found.filter(({ key }) => keys.has(key)),
    flaky: found.filter(({ key }) => !keys.has(key)),
  };
}

export function countOutcomes(results: Results): Record<Result['outcome'], number> {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  for (const { outcome } of results.values()) counts[outcome] += 1;
  return counts;
}
