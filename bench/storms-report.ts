import { escape } from '../test/harness/svg';
import { WAYS, type Figures } from './run-storm';

/** The figures as a Markdown table, by hand / with the package in each cell. */
export function stormsTable(figures: readonly Figures[]): string {
  const header = [
    'Storm',
    'Attempts',
    'Accepted',
    'Throttled',
    'Peak per second',
    'Queries per second',
    'Failed queries',
    'Wait p50 ms',
    'Wait p99 ms',
    'Logins per second, of which promised',
  ];
  const rows = pairs(figures).map(({ label, hand, own }) => [
    label,
    ...(
      [
        'attempts',
        'accepted',
        'throttled',
        'peak',
        'goodput',
        'failedQueries',
        'waitP50',
        'waitP99',
      ] as const
    ).map((name) => `${hand?.[name] ?? '-'} / ${own?.[name] ?? '-'}`),
    own?.rate === undefined ? '-' : `${own.rate}, ${own.promisedRate ?? '-'}`,
  ]);
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(header), line(header.map(() => '---')), ...rows.map(line)].join('\n');
}

interface Pair {
  readonly label: string;
  readonly hand: Figures | undefined;
  readonly own: Figures | undefined;
}

function pairs(figures: readonly Figures[]): Pair[] {
  const labels = figures.map(labelOf);
  return [...new Set(labels)].map((label) => {
    const of = (way: string) => figures.find((one) => labelOf(one) === label && one.way === way);
    return { label, hand: of(WAYS[0]), own: of(WAYS[1]) };
  });
}

function labelOf({ storm, credentialsMs }: Figures): string {
  return credentialsMs === 0 ? storm : `${storm}, credentials take ${credentialsMs / 1_000} s`;
}

const ROW = 34;
const LEFT = 400;
const WIDTH = 360;

/** The peaks side by side, on a logarithmic scale. */
export function stormsChart(figures: readonly Figures[]): string {
  const rows = pairs(figures);
  const most = Math.max(20, ...figures.map(({ peak }) => peak));
  const x = (peak: number) =>
    Math.round((Math.log10(Math.max(1, peak)) / Math.log10(most)) * WIDTH);
  const height = 70 + rows.length * ROW;
  const bar = (figure: Figures | undefined, y: number, colour: string) =>
    figure === undefined
      ? []
      : [
          `<rect x="${LEFT}" y="${y}" width="${Math.max(1, x(figure.peak))}" height="11" fill="${colour}"/>`,
          `<text x="${LEFT + x(figure.peak) + 5}" y="${y + 10}">${figure.peak}</text>`,
        ];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${LEFT + WIDTH + 70} ${height}" font-family="sans-serif" font-size="12">`,
    '<rect width="100%" height="100%" fill="white"/>',
    '<text x="10" y="20" font-size="15">Most logins in any sliding second at the server (logarithmic)</text>',
    `<rect x="10" y="32" width="11" height="11" fill="#c2410c"/><text x="26" y="42">hand-written hook</text>`,
    `<rect x="160" y="32" width="11" height="11" fill="#15803d"/><text x="176" y="42">sequelize-rds-iam</text>`,
    `<line x1="${LEFT + x(20)}" x2="${LEFT + x(20)}" y1="50" y2="${height - 10}" stroke="black" stroke-dasharray="4"/>`,
    `<text x="${LEFT + x(20) - 45}" y="46">20 per second</text>`,
    ...rows.flatMap(({ label, hand, own }, index) => {
      const y = 58 + index * ROW;
      return [
        `<text x="${LEFT - 8}" y="${y + 16}" text-anchor="end">${escape(label)}</text>`,
        ...bar(hand, y, '#c2410c'),
        ...bar(own, y + 13, '#15803d'),
      ];
    }),
    '</svg>\n',
  ].join('\n');
}
