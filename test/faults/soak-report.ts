import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cells } from '../harness/cells';
import { formatted } from '../harness/formatted';
import type { Soak } from './soak-cell';
import { soakChart } from './soak-chart';

const DOCS = join(__dirname, '../../docs');
const MEGABYTE = 2 ** 20;

/** Failures by their codes, in words. */
export function failuresOf(rounds: readonly Readonly<Record<string, number>>[]): string {
  const sums = new Map<string, number>();
  for (const failed of rounds)
    for (const [code, count] of Object.entries(failed))
      sums.set(code, (sums.get(code) ?? 0) + count);
  const sorted = [...sums].sort(([, one], [, other]) => other - one);
  return sorted.map(([code, count]) => `${count} ${code}`).join(', ') || 'none';
}

/** Writes docs/soak.md, docs/soak.json and a chart for each soak, in place of what was there for their cells. */
export async function recordSoaks(soaks: readonly Soak[]): Promise<void> {
  const earlier = await readSoaks();
  const all = cells.flatMap(
    ({ name }) => [...soaks, ...earlier].find(({ cell }) => cell === name) ?? [],
  );
  const json = await formatted(JSON.stringify(all), { parser: 'json' });
  await writeFile(join(DOCS, 'soak.json'), json);
  const page = await formatted(pageOfSoaks(all), { parser: 'markdown', printWidth: 140 });
  await writeFile(join(DOCS, 'soak.md'), page);
  for (const soak of all) await writeFile(join(DOCS, chartOf(soak)), soakChart(soak));
}

/** What docs/soak.json has. */
export async function readSoaks(): Promise<Soak[]> {
  // Written by `recordSoaks`.
  return JSON.parse(await readFile(join(DOCS, 'soak.json'), 'utf8')) as Soak[];
}

/** The name of a soak's chart in docs/. */
export function chartOf({ cell }: Soak): string {
  return `soak-${cell.toLowerCase().replace(/\W+/g, '-')}.svg`;
}

/** docs/soak.md, before its tables are aligned. */
export function pageOfSoaks(soaks: readonly Soak[]): string {
  return `# Soak

Applications that keep running while faults of [the fault matrix](faults.md) come at random: credentials live for 60 s, connections are
replaced after 25 queries, and each query is accounted for. \`npm run soak -- --minutes 60 --write\` regenerates this page, its charts and
[soak.json](soak.json); with \`--cell\` and \`--seed\`, it repeats one application. A failure that the fault does not explain ends a soak,
and prints its seed.

${soaks.map(section).join('\n')}`;
}

function section(soak: Soak): string {
  const { cell, minutes, seed, rounds, unexplained } = soak;
  const sum = (of: 'queries' | 'logins') => rounds.reduce((all, round) => all + round[of], 0);
  const failed = rounds.map((round) => round.failed);
  const failures = failed.flatMap(Object.values<number>).reduce((all, one) => all + one, 0);
  const kinds = new Set(rounds.map(({ experiment }) => experiment)).size;
  // By then, everything has been loaded.
  const warm = minutes / 6;
  const early = rounds.find(({ atMs }) => atMs >= warm * 60_000);
  const ends = [early, rounds.at(-1)].flatMap((round) => round ?? []);
  const heaps = ends.map(({ heapBytes }) => `${(heapBytes / MEGABYTE).toFixed(1)} MB`);
  const rows = [
    ['Minutes, seed', `${minutes}, ${seed}`],
    ['Faults', `${rounds.length}, of ${kinds} kinds`],
    ['Queries', sum('queries').toLocaleString('en-US')],
    ['Failed', `${failures.toLocaleString('en-US')}: ${failuresOf(failed)}`],
    ['Unexplained', unexplained.length === 0 ? 'none' : unexplained.join('; ')],
    ['Logins', sum('logins').toLocaleString('en-US')],
    ['Most logins of a second, at one endpoint', Math.max(...rounds.map(({ peak }) => peak))],
    [`Heap after ${warm} minutes, at the end`, heaps.join(', ')],
    [`Handles after ${warm} minutes, at the end`, ends.map(({ handles }) => handles).join(', ')],
  ];
  const table = rows.map(([name, value]) => `| ${name} | ${value} |`).join('\n');
  return `## ${cell}\n\n| | |\n| --- | --- |\n${table}\n\n![Queries, failures, logins, memory and handles over time](${chartOf(soak)})\n`;
}
