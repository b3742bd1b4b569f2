import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { format } from 'prettier';
import type { Experiment } from './experiment';
import { EXPERIMENTS, fileOf } from './experiments';
import type { Figures } from './judge';
import type { Row } from './run-cell';

const DOCS = join(__dirname, '../../docs');
const GROUPS = ['Credentials', 'Server', 'Process', 'Redis limiter'] as const;

const INTRODUCTION = `# Faults

What becomes of the queries of an application at work if something breaks. \`npm run faults\` regenerates this page and
[faults.json](faults.json): it runs readers, writers and transactions on real Sequelize 6 and 7 with each driver, on one host and with
replication, in front of the emulator, puts one fault after another upon them, and accounts for every query.
`;

/** Writes docs/faults.md and docs/faults.json. */
export async function writeReport(rows: readonly Row[]): Promise<void> {
  const measured = EXPERIMENTS.map((experiment) => ({
    experiment,
    rows: rows.filter((row) => row.experiment === experiment.id),
  }));
  const json = measured.map(
    ({ experiment: { id, group, fault, queryMs, recoveryMs }, rows: own }) => ({
      id,
      group,
      fault,
      promised: { queryMs, recoveryMs },
      measured: Object.fromEntries(own.map(({ cell, figures }) => [cell, figures])),
    }),
  );
  const tables = GROUPS.map((group) => {
    const lines = measured
      .filter(({ experiment }) => experiment.group === group)
      .map(({ experiment, rows: own }) =>
        line(
          experiment,
          own.flatMap(({ figures }) => figures ?? []),
        ),
      );
    return `## ${group}\n\n| Fault | What the application sees | How long | What to do |\n|--|--|--|--|\n${lines.join('\n')}\n`;
  });
  const page = [INTRODUCTION, ...tables].join('\n');
  await writeFile(
    join(DOCS, 'faults.md'),
    await format(page, { parser: 'markdown', printWidth: 140 }),
  );
  await writeFile(
    join(DOCS, 'faults.json'),
    await format(JSON.stringify(json), { parser: 'json' }),
  );
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
  const long = `A query takes ${longest} at most${codes.length === 0 ? '' : `; none fails that starts later than ${recovery} after the end`}`;
  return `| [${fault}](../test/faults/experiments/${fileOf(experiment)}) (\`${id}\`) | ${sees} | ${long} | ${remedy} |`;
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}
