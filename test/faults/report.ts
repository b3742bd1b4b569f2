import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { formatted } from '../harness/formatted';
import { cells } from '../harness/cells';
import type { Experiment } from './experiment';
import { EXPERIMENTS, fileOf } from './experiments';
import type { Figures } from './judge';
import type { Row } from './run-cell';

const DOCS = join(__dirname, '../../docs');
const RESULTS = join(DOCS, 'faults.json');
const GROUPS = ['Credentials', 'Server', 'Process', 'Redis limiter'] as const;

const INTRODUCTION = `# Faults

What becomes of the queries of an application at work if something breaks. \`npm run faults\` regenerates this page and
[faults.json](faults.json), in about an hour. It runs readers, writers and transactions on real Sequelize 6 and 7 with each driver,
on one host and with replication, in front of the emulator. It puts one fault after another upon them and accounts for every query.

In each row and each combination:

- A query succeeds, or fails with an error that [errors.md](errors.md) explains. None is lost, and none is done twice.
- No query takes longer than its bound, and no rejection stays unhandled.
- At most 19 logins reach an endpoint in any second.
- After the fault has ended, the application is back to normal within its bound, without a restart.

The applications set \`pool.acquire\` to 6 s, and the time-outs of the drivers and of credentials to 2 s. With the defaults of 60 s and 10 s,
queries wait longer before they fail. \`npm run faults -- \` and a name of the first column repeat a row, in all combinations or in those whose
names have the words after it, and replace its results.
`;

/** What one experiment showed in each cell, as in docs/faults.json. */
interface Result {
  readonly id: string;
  readonly promised: Pick<Experiment, 'queryMs' | 'recoveryMs'>;
  readonly measured: Readonly<Record<string, Figures>>;
}

/**
 * Writes what these rows show into docs/faults.json and docs/faults.md, in place of what was there for them. A row that broke a
 * promise is no result.
 */
export async function record(rows: readonly Row[]): Promise<void> {
  const earlier = await readResults();
  const results = EXPERIMENTS.map(({ id, queryMs, recoveryMs, cells: isFor = () => true }) => {
    const own = rows.filter(({ experiment }) => experiment === id);
    const measured = { ...earlier.find((result) => result.id === id)?.measured };
    for (const { cell, figures, complaints } of own)
      if (figures !== undefined && complaints.length === 0) measured[cell] = figures;
    const inOrder = cells.flatMap((cell) => {
      const figures = measured[cell.name];
      return isFor(cell) && figures !== undefined ? [[cell.name, figures] as const] : [];
    });
    return {
      id,
      promised: { queryMs, recoveryMs },
      measured: Object.fromEntries<Figures>(inOrder),
    };
  });
  const json = JSON.stringify(results, (_key, value: unknown) =>
    typeof value === 'number' ? Math.round(value) : value,
  );
  await writeFile(RESULTS, await formatted(json, { parser: 'json' }));
  const page = await formatted(await pageOfResults(), { parser: 'markdown', printWidth: 140 });
  await writeFile(join(DOCS, 'faults.md'), page);
}

/** What docs/faults.json has. */
export async function readResults(): Promise<Result[]> {
  // Written by `record`.
  return JSON.parse(await readFile(RESULTS, 'utf8')) as Result[];
}

/** docs/faults.md, from docs/faults.json and the experiments' words, before its tables are aligned. */
export async function pageOfResults(): Promise<string> {
  const results = await readResults();
  const tables = GROUPS.map((group) => {
    const lines = EXPERIMENTS.filter((experiment) => experiment.group === group).map((experiment) =>
      line(
        experiment,
        Object.values(results.find(({ id }) => id === experiment.id)?.measured ?? {}),
      ),
    );
    return `## ${group}\n\n| Fault | What the application sees | How long | What to do |\n| --- | --- | --- | --- |\n${lines.join('\n')}\n`;
  });
  const runs = results.flatMap(({ measured }) => Object.keys(measured)).length;
  const extent = `The figures are of ${runs.toLocaleString('en-US')} runs, in ${cells.length} combinations.\n`;
  return [INTRODUCTION, extent, ...tables].join('\n');
}

function line(experiment: Experiment, figures: readonly Figures[]): string {
  const { id, fault, remedy } = experiment;
  const codes = [...new Set(figures.flatMap(({ failed }) => Object.keys(failed)))].sort();
  const longest = seconds(Math.max(0, ...figures.map(({ longestMs }) => longestMs)));
  const recovery = seconds(Math.max(0, ...figures.map(({ recoveryMs }) => recoveryMs)));
  const sees =
    codes.length === 0
      ? 'Nothing: every query succeeds'
      : `Queries fail with ${codes.map((code) => `\`${code}\``).join(', ')}`;
  const until =
    codes.length === 0
      ? ''
      : `; failures end ${recovery === '0.0 s' ? 'with the fault' : `within ${recovery} of the fault`}`;
  return `| ${fault}: [\`${id}\`](../test/faults/experiments/${fileOf(experiment)}) | ${sees} | Queries take up to ${longest}${until} | ${remedy} |`;
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}
