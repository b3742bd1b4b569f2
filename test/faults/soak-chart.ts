import { escape, STYLE } from '../harness/svg';
import type { Soak, SoakRound } from './soak-cell';

const LEFT = 150;
const PLOT = 560;
const HEIGHT = 64;
const GAP = 26;
const TOP = 52;
const WIDTH = LEFT + PLOT + 70;
const MEGABYTE = 2 ** 20;

const countOf = ({ failed }: SoakRound) => Object.values(failed).reduce((all, one) => all + one, 0);

const PANELS: readonly { readonly label: string; readonly of: (round: SoakRound) => number }[] = [
  { label: 'Queries a second', of: ({ queries, tookMs }) => queries / (tookMs / 1_000) },
  { label: 'Failed queries', of: countOf },
  { label: 'Peak logins a second', of: ({ peak }) => peak },
  { label: 'Heap, MB', of: ({ heapBytes }) => heapBytes / MEGABYTE },
  { label: 'Handles', of: ({ handles }) => handles },
];

/** A soak over time: one panel for each figure, one point for each fault. */
export function soakChart({ cell, minutes, rounds }: Soak): string {
  const title = `${cell}: ${minutes} minutes of faults`;
  const height = TOP + PANELS.length * (HEIGHT + GAP) + 16;
  const endMs = Math.max(minutes * 60_000, ...rounds.map(({ atMs }) => atMs));
  const panels = PANELS.map(({ label, of }, index) => {
    const top = TOP + index * (HEIGHT + GAP);
    const values = rounds.map(of);
    const most = Math.max(1, ...values);
    const points = rounds.map(({ atMs }, at) => {
      const x = LEFT + (atMs / endMs) * PLOT;
      const y = top + HEIGHT - ((values[at] ?? 0) / most) * HEIGHT;
      return `${x.toFixed(1)},${y.toFixed(1)}`;
    });
    return [
      `<text class="text" x="${LEFT - 10}" y="${top + 14}" text-anchor="end">${escape(label)}</text>`,
      `<text class="quiet" x="${LEFT + PLOT + 6}" y="${top + 10}">${written(most)}</text>`,
      `<path class="axis" d="M${LEFT} ${top + HEIGHT}h${PLOT}" fill="none"/>`,
      `<polyline class="line" fill="none" stroke-width="1.2" points="${points.join(' ')}"/>`,
    ].join('\n');
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="system-ui, sans-serif" font-size="13" role="img" aria-label="${escape(title)}">`,
    STYLE,
    '<rect class="page" width="100%" height="100%" rx="6"/>',
    `<text class="text" x="20" y="28" font-size="16" font-weight="600">${escape(title)}</text>`,
    ...panels,
    `<text class="quiet" x="${LEFT}" y="${height - 10}">0</text>`,
    `<text class="quiet" x="${LEFT + PLOT}" y="${height - 10}" text-anchor="end">${minutes} min</text>`,
    '</svg>\n',
  ].join('\n');
}

function written(value: number): string {
  return value >= 100 ? String(Math.round(value)) : value.toFixed(value % 1 === 0 ? 0 : 1);
}
