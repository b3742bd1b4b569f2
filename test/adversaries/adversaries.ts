/** `npm run adversaries [-- filter]`: servers and middlemen that want the token, against every driver and both majors of Sequelize. */
import globalSetup from '../harness/global-setup';
import globalTeardown from '../harness/global-teardown';
import { nameOf } from './adversary';
import { writePage } from './page';
import { adversaries, cellsOf } from './table';
import { challenge, problemsOf, type Row } from './verdict';

const AT_ONCE = 8;

/** Runs all that are selected, and prints what became of each; returns the rows and how many failed. */
async function runAll(filter: string): Promise<{ readonly rows: Row[]; readonly failed: number }> {
  const selected = adversaries
    .filter(({ id }) => id.includes(filter))
    .flatMap((adversary) => cellsOf(adversary).map((cell) => ({ adversary, cell })));
  if (selected.length === 0) throw new Error(`No adversary has "${filter}" in its name`);
  const waiting = [...selected];
  const rows = new Map<object, Row>();
  let failed = 0;
  const work = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const { adversary, cell } = next;
      const row = await challenge(adversary, cell);
      const problems = problemsOf(adversary, cell, row);
      if (problems.length > 0) failed += 1;
      rows.set(next, row);
      const { bytes, code, ms } = row.withPackage;
      const verdict = problems.length === 0 ? 'ok' : `FAILS: ${problems.join('; ')}`;
      console.log(
        [adversary.id, nameOf(cell), `${bytes} bytes`, code, `${ms} ms`, verdict].join('  '),
      );
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return { rows: selected.flatMap((one) => rows.get(one) ?? []), failed };
}

async function main(filter = ''): Promise<number> {
  const startedAt = performance.now();
  const unhandled: unknown[] = [];
  process.on('uncaughtException', (error) => void unhandled.push(error));
  process.on('unhandledRejection', (reason) => void unhandled.push(reason));
  await globalSetup();
  try {
    const { rows, failed } = await runAll(filter);
    for (const error of unhandled) console.error('This would have ended the process:', error);
    console.log(`${rows.length - failed} passed, ${failed} failed`);
    console.log(`in ${Math.round((performance.now() - startedAt) / 1_000)} s`);
    if (failed > 0 || unhandled.length > 0) return 1;
    if (filter === '') await writePage(adversaries, rows);
    return 0;
  } finally {
    await globalTeardown();
  }
}

void main(...process.argv.slice(2)).then(
  (exitCode) => process.exit(exitCode),
  (error: unknown) => {
    console.error(error);
    process.exit(2);
  },
);
