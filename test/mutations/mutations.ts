/** `npm run mutations [-- filter ...]`: breaks lines that security or the limit depend on, and proves that a test notices each. */
import { MUTATIONS } from './lines';
import { record } from './report';
import type { Mutation } from './mutation';
import { runMutations, type Result } from './run-mutations';

function tell({ mutation, verdict, seconds }: Result): void {
  const more = 'by' in verdict ? verdict.by : mutation.meaning;
  console.log(`${verdict.kind.padEnd(9)} ${mutation.id} (${seconds} s): ${more}`);
  if (verdict.kind === 'broken') console.log(verdict.reason);
}

async function main(filters: readonly string[]): Promise<number> {
  const isIn = (filter: string) => (mutation: Mutation) =>
    `${mutation.id} ${mutation.file}`.includes(filter);
  for (const filter of filters)
    if (!MUTATIONS.some(isIn(filter)))
      throw new Error(`No mutation has "${filter}" in its id or file`);
  const selected = MUTATIONS.filter(
    (mutation) => filters.length === 0 || filters.some((filter) => isIn(filter)(mutation)),
  );
  const interrupted = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.once(name, () => interrupted.abort(new Error(`Ended by ${name}`)));
  const startedAt = performance.now();
  const results = await runMutations(selected, tell, interrupted.signal);
  await record(results);
  const count = (kind: string) => results.filter(({ verdict }) => verdict.kind === kind).length;
  const kinds = ['killed', 'timeout', 'survived', 'broken'].map((kind) => `${count(kind)} ${kind}`);
  console.log(`\n${kinds.join(', ')} in ${Math.round((performance.now() - startedAt) / 1_000)} s`);
  return count('survived') + count('broken') === 0 ? 0 : 1;
}

main(process.argv.slice(2)).then(
  (exitCode) => (process.exitCode = exitCode),
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  },
);
