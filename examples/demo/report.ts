import { chart, chartTitle, scaleFor } from './chart';
import { count, peakPerSecond } from './logins';
import type { Paint } from './paint';
import type { Run } from './run';
import type { Stage } from './stage';

/** RDS throttles from 20 new connections per second on. */
const PROMISED_PEAK = 19;
const LABEL_WIDTH = 38;
const COLUMN_WIDTH = 20;

/** The runs side by side. */
export function table(runs: readonly Run[], witness: Stage['witness'], paint: Paint): string[] {
  const line = (label: string, cells: readonly (string | number)[]) =>
    `  ${label.padEnd(LABEL_WIDTH)}${cells.map((cell) => String(cell).padStart(COLUMN_WIDTH)).join('')}`;
  const row = (label: string, value: (run: Run) => string | number) => line(label, runs.map(value));
  return [
    paint.bold(
      line(
        '',
        runs.map(({ name }) => name),
      ),
    ),
    row('queries that succeeded', ({ queries }) => queries.count - queries.errors.length),
    row('queries that failed', ({ queries }) => queries.errors.length),
    row('time for all queries', ({ queries }) => `${(queries.tookMs / 1_000).toFixed(1)} s`),
    witness === 'server'
      ? '  What the server saw:'
      : '  What this client saw (the server’s own log is not readable from here):',
    row('  logins', ({ logins }) => logins.length),
    row('  accepted', ({ logins }) => count(logins, 'accepted')),
    ...(witness === 'server'
      ? [row('  throttled', ({ logins }) => count(logins, 'throttled'))]
      : []),
    row('  denied or broken otherwise', ({ logins }) => count(logins, 'denied', 'failed')),
    row('  peak in any sliding second', ({ logins }) => peakPerSecond(logins)),
  ];
}

/** A chart for each run, on one scale. */
export function charts(runs: readonly Run[], limit: number, paint: Paint): string[] {
  const scale = scaleFor(
    runs.map(({ logins }) => logins),
    limit,
  );
  return [
    ...runs.flatMap(({ name, logins }) => [
      chartTitle(name, logins, paint),
      ...chart(logins, scale, paint),
      '',
    ]),
    `${' '.repeat(10)}${paint.good('█')} accepted  ${paint.bad('░')} refused  ${paint.bad('▲')} beyond the chart`,
  ];
}

/** What a run's failed queries said, each kind once. */
export function failures({ name, queries }: Run): string[] {
  const kinds = new Map<string, number>();
  for (const message of queries.errors) kinds.set(message, (kinds.get(message) ?? 0) + 1);
  return [...kinds].map(([message, times]) => `  ${name}, ${times} times: ${message}`);
}

/** Why a run was not perfect; empty when it was. */
export function flaws({ queries, logins }: Run): string[] {
  const refused = logins.length - count(logins, 'accepted');
  const peak = peakPerSecond(logins);
  return [
    ...(queries.errors.length > 0 ? [`${queries.errors.length} queries failed`] : []),
    ...(refused > 0 ? [`${refused} logins were refused`] : []),
    ...(peak > PROMISED_PEAK ? [`${peak} logins within a second`] : []),
  ];
}
