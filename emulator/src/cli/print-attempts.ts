import { countBy, peakPerSecond, type Attempt } from '../endpoint/attempt-log';

// A terminal obeys control characters, and names come from clients.
const printable = (text: string) => text.replace(/[^\x20-\x7e\xa0-\uffff]/g, '?');

/** One line about one login. */
export function attemptLine(attempt: Attempt, now: Date = new Date()): string {
  const { outcome, username, reason, detail } = attempt;
  const time = now.toISOString().slice(11, 23);
  const why = reason === undefined ? '' : ` (${reason})`;
  const words = detail === undefined ? '' : `: ${detail}`;
  return printable(`${time} ${outcome} ${username ?? 'before the user name'}${why}${words}`);
}

const listed = (counts: Readonly<Record<string, number>>) =>
  Object.entries(counts)
    .sort(([, a], [, b]) => b - a)
    .map(([name, count]) => `${count} ${name}`)
    .join(', ');

/** What became of all logins. */
export function summaryLines(attempts: readonly Attempt[]): string[] {
  if (attempts.length === 0) return ['No logins.'];
  const logins = `${attempts.length} ${attempts.length === 1 ? 'login' : 'logins'}`;
  const reasons = listed(countBy(attempts, 'reason'));
  return [
    `${logins}: ${listed(countBy(attempts, 'outcome'))}; at most ${peakPerSecond(attempts)} in one second`,
    ...(reasons === '' ? [] : [`Reasons: ${reasons}`]),
  ].map(printable);
}
