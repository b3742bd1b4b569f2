import { escape, STYLE } from '../../test/harness/svg';
import { CONTENDERS, NAMES } from './contenders';
import type { Row } from './measure';
import { written, type Result } from './report';

const LEFT = 190;
const BAR = 430;
const WIDTH = LEFT + BAR + 110;
const LINE = 22;

/** Each row as a group of bars, this package's first. Rows that were not measured are left out. */
export function peersChart(
  title: string,
  results: readonly Result[],
  chosen: readonly { readonly label: string; readonly of: string; readonly as: string }[],
): string {
  const groups = chosen.flatMap(({ label, of, as }) => {
    const rows = results.find(({ name }) => name === of)?.rows ?? [];
    const row = rows.find((one) => one.label === label);
    return row === undefined ? [] : [{ as, row }];
  });
  let y = 44;
  const body = groups.flatMap(({ as, row }) => {
    const top = y;
    const bars = barsOf(row, top + 26);
    y = top + 40 + bars.length * LINE;
    return [
      `<text class="text" x="20" y="${top + 14}" font-weight="600">${escape(as)}</text>`,
      ...bars,
    ];
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${y}" font-family="system-ui, sans-serif" font-size="13" role="img" aria-label="${escape(title)}">`,
    STYLE,
    '<rect class="page" width="100%" height="100%" rx="6"/>',
    `<text class="text" x="20" y="28" font-size="16" font-weight="600">${escape(title)}</text>`,
    ...body,
    '</svg>\n',
  ].join('\n');
}

function barsOf({ values, unit }: Row, top: number): string[] {
  const most = Math.max(...Object.values(values), Number.MIN_VALUE);
  const measured = NAMES.filter((name) => values[name] !== undefined);
  return measured.map((name, index) => {
    const value = values[name] ?? 0;
    const width = Math.max(2, Math.round((value / most) * BAR));
    const y = top + index * LINE;
    return [
      `<text class="text" x="${LEFT - 8}" y="${y + 12}" text-anchor="end">${escape(CONTENDERS[name])}</text>`,
      `<rect class="${name === 'package' ? 'own' : 'other'}" x="${LEFT}" y="${y}" width="${width}" height="16" rx="2"/>`,
      `<text class="text" x="${LEFT + width + 6}" y="${y + 12}">${written(value, unit)}</text>`,
    ].join('\n');
  });
}
