import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
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

/** Writes docs/soak.md, docs/soak.json and a chart for each soak. */
export async function writeSoak(soaks: readonly Soak[]): Promise<void> {
  const sections = await Promise.all(soaks.map(section));
  const page = `# Soak

Applications that keep running while faults of [the fault matrix](faults.md) come at random: credentials live for 60 s, connections are
replaced after 25 queries, and each query is accounted for. \`npm run soak -- --minutes ${soaks[0]?.minutes ?? 60} --seed ${soaks[0]?.seed ?? 1} --write\` regenerates this page, its charts
and [soak.json](soak.json). A failure that the fault does not explain ends a soak, and prints its seed.

${sections.join('\n')}`;
  await writeFile(
    join(DOCS, 'soak.md'),
    await formatted(page, { parser: 'markdown', printWidth: 140 }),
  );
  await writeFile(
    join(DOCS, 'soak.json'),
    await formatted(JSON.stringify(soaks), { parser: 'json' }),
  );
}

async function section(soak: Soak): Promise<string> {
  const { cell, minutes, seed, rounds, unexplained } = soak;
  const file = `soak-${cell.split(', ')[1] ?? 'cell'}.svg`;
  await writeFile(join(DOCS, file), soakChart(soak));
  const sum = (of: 'queries' | 'logins') => rounds.reduce((all, round) => all + round[of], 0);
  const failed = rounds.map((round) => round.failed);
  const failures = failed.flatMap(Object.values<number>).reduce((all, one) => all + one, 0);
  const kinds = new Set(rounds.map(({ experiment }) => experiment)).size;
  const heaps = rounds.map(({ heapBytes }) => `${(heapBytes / MEGABYTE).toFixed(1)} MB`);
  const rows = [
    ['Minutes, seed', `${minutes}, ${seed}`],
    ['Faults', `${rounds.length}, of ${kinds} kinds`],
    ['Queries', sum('queries').toLocaleString('en-US')],
    ['Failed', `${failures}: ${failuresOf(failed)}`],
    ['Unexplained', unexplained.length === 0 ? 'none' : unexplained.join('; ')],
    ['Logins', sum('logins').toLocaleString('en-US')],
    ['Most logins of a second, at one endpoint', Math.max(...rounds.map(({ peak }) => peak))],
    ['Heap after the first round, at the end', `${heaps[0] ?? ''}, ${heaps.at(-1) ?? ''}`],
    [
      'Handles after the first round, at the end',
      `${rounds[0]?.handles ?? ''}, ${rounds.at(-1)?.handles ?? ''}`,
    ],
  ];
  const table = rows.map(([name, value]) => `| ${name} | ${value} |`).join('\n');
  return `## ${cell}\n\n| | |\n|--|--|\n${table}\n\n![Queries, failures, logins, memory and handles over time](${file})\n`;
}
