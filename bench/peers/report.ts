import { CONTENDERS, NAMES, type Contender } from './contenders';
import type { Row, Unit } from './measure';

/** A measure's rows, with where and when they were measured. */
export interface Result {
  readonly name: string;
  readonly title: string;
  readonly date: string;
  readonly machine: string;
  readonly rows: readonly Row[];
}

/** The command that measures a result again. */
const commandOf = (name: string): string => `npm run bench -- peers --only ${name}`;

/** One table of all results: the package's figures, and for the others the ratio to them and the figure. */
export function peersTable(results: readonly Result[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const header = ['', ...NAMES.map((name) => CONTENDERS[name])];
  const rows = results.flatMap(({ name, title, date, rows: lines }) => [
    [`**${title}** · ${date} · \`${commandOf(name)}\``, ...NAMES.map(() => '')],
    ...lines.map((row) => [row.label, ...NAMES.map((contender) => cell(row, contender))]),
  ]);
  return [line(header), line(header.map(() => '---')), ...rows.map(line)].join('\n');
}

function cell({ values, unit }: Row, contender: Contender): string {
  const value = values[contender];
  if (value === undefined) return '–';
  const own = values.package;
  const absolute = written(value, unit);
  if (contender === 'package' || own === undefined || own <= 0 || value <= 0) return absolute;
  return `${ratio(value / own)} × (${absolute})`;
}

function ratio(value: number): string {
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

/** A figure as it is read: no more digits than it has. */
export function written(value: number, unit: Unit): string {
  const digits = unit === '' || Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  const number = value.toLocaleString('en', {
    minimumFractionDigits: 0,
    maximumFractionDigits: digits,
  });
  return unit === '' ? number : `${number} ${unit}`;
}

const BEGIN = '<!-- The table. Its command writes it. -->';
const END = '<!-- The end of the table. -->';

/** The page with a new table in the place of the old one. Throws if the page has no place for it. */
export function withTable(page: string, results: readonly Result[]): string {
  const [before, rest] = page.split(BEGIN);
  const after = rest?.split(END)[1];
  if (before === undefined || after === undefined)
    throw new Error('RESULTS.md has no place for the table');
  const machines = [...new Set(results.map(({ machine }) => machine))].join('; ');
  const table = `Measured on ${machines}.\n\n${peersTable(results)}`;
  return `${before}${BEGIN}\n\n${table}\n\n${END}${after}`;
}
