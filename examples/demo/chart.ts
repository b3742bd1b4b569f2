import { count, peakPerSecond, withinSecond, type Login } from './logins';
import type { Paint } from './paint';

const COLUMNS = 66;
const ROWS = 8;
const EIGHTHS = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'] as const;

/** What two charts must have in common to be compared. */
export interface Scale {
  readonly msPerColumn: number;
  /** The value at the upper edge; what is higher ends in an arrow. */
  readonly top: number;
  readonly limit: number;
}

interface Column {
  readonly total: number;
  readonly accepted: number;
}

/** A scale on which all of these runs fit, in which the limit is half-way up. */
export function scaleFor(runs: readonly (readonly Login[])[], limit: number): Scale {
  const lengths = runs.map((logins) => (logins.at(-1)?.at ?? 0) - (logins[0]?.at ?? 0));
  const exact = (Math.max(...lengths) + 1_000) / COLUMNS;
  return { msPerColumn: Math.max(100, Math.ceil(exact / 50) * 50), top: limit * 2, limit };
}

/** Logins per sliding second over time, in lines of at most 80 characters. */
export function chart(logins: readonly Login[], scale: Scale, paint: Paint): string[] {
  const columns = columnsOf(logins, scale);
  const limitRow = ROWS / 2;
  const rows = Array.from({ length: ROWS }, (_, row) => {
    const cells = Array.from({ length: COLUMNS }, (__, index) =>
      cell(columns[index] ?? { total: 0, accepted: 0 }, row, scale, paint),
    );
    const label = row === limitRow ? `${scale.limit}/s` : '';
    return `${label.padStart(8)} │${cells.join('').trimEnd()}`;
  });
  return [...rows.reverse(), `${'0'.padStart(8)} └${'─'.repeat(COLUMNS)}`, timeAxis(scale)];
}

/** The highest rate that each column's time saw. */
function columnsOf(logins: readonly Login[], { msPerColumn }: Scale): Column[] {
  const start = logins[0]?.at ?? 0;
  return Array.from({ length: COLUMNS }, (_, index) => {
    const from = start + index * msPerColumn;
    const to = from + msPerColumn;
    const inside = logins.filter(({ at }) => at >= from && at < to);
    const seconds = [from, ...inside.map(({ at }) => at)].map((at) => withinSecond(logins, at));
    const fullest = seconds.reduce((a, b) => (b.length > a.length ? b : a), []);
    return { total: fullest.length, accepted: count(fullest, 'accepted') };
  });
}

function cell(column: Column, row: number, { top, limit }: Scale, paint: Paint): string {
  const unit = top / ROWS;
  const floor = row * unit;
  if (row === ROWS - 1 && column.total > top) return paint.bad('▲');
  if (column.accepted > floor) {
    const eighths = Math.min(8, Math.max(1, Math.round(((column.accepted - floor) / unit) * 8)));
    const isFull = column.total > column.accepted || eighths === 8;
    return paint.good(isFull ? '█' : (EIGHTHS[eighths] ?? ' '));
  }
  if (column.total > floor) return paint.bad('░');
  return floor === limit ? paint.line('_') : ' ';
}

function timeAxis({ msPerColumn }: Scale): string {
  const perSecond = 1_000 / msPerColumn;
  const seconds = Math.floor(COLUMNS / perSecond);
  const step = Math.max(1, Math.ceil(6 / perSecond));
  let axis = ' '.repeat(10);
  for (let second = 0; second <= seconds; second += step)
    axis = `${axis.padEnd(10 + Math.round(second * perSecond))}${second} s`;
  return axis.slice(0, 80);
}

/** One sentence above a chart. */
export function chartTitle(name: string, logins: readonly Login[], paint: Paint): string {
  return `${paint.bold(name)}: logins in each sliding second, peak ${peakPerSecond(logins)}`;
}
