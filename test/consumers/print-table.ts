import type { Row } from './run-consumers';

/** Prints what became of every consumer; returns the exit code, 1 where one failed. */
export function printTable(rows: readonly Row[], seconds: number): number {
  const order = [...rows].sort((one, other) => one.consumer.localeCompare(other.consumer, 'en'));
  const lines = order.map(({ consumer, versions, outcome: { kind, reason }, seconds: each }) => [
    consumer,
    kind === 'ok' ? 'ok' : `${kind}: ${reason ?? ''}`,
    String(each),
    versions,
  ]);
  const table = [['consumer', 'result', 's', 'versions'], ...lines];
  const widths = [0, 1, 2].map((column) =>
    Math.max(...table.map((line) => line[column]?.length ?? 0)),
  );
  for (const line of table) {
    console.log(line.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  '));
  }
  const failed = rows.filter(({ outcome }) => outcome.kind === 'fails').length;
  console.log(`\n${rows.length - failed} passed, ${failed} failed`);
  console.log(`in ${Math.round(seconds)} s`);
  return failed === 0 ? 0 : 1;
}
