import type { CheckResult, CheckStatus } from '../doctor/report';

const COLORS: Readonly<Record<CheckStatus, number>> = { pass: 32, warn: 33, fail: 31, skip: 90 };
const INDENT = ' '.repeat(19);

/** A result as lines of text: the summary, the fix, and the possible causes of a denied login. */
export function linesOf(result: CheckResult, hasColors: boolean): string[] {
  const { id, status, summary, fix, host, possibleCauses = [] } = result;
  const mark = hasColors ? `\u001b[${COLORS[status]}m${status}\u001b[0m` : status;
  const lines = [`${mark}  ${id.padEnd(13)}${host === undefined ? '' : `${host}: `}${summary}`];
  if (fix !== undefined) lines.push(`${INDENT}→ ${fix}`);
  for (const [index, { cause, evidence }] of possibleCauses.entries()) {
    lines.push(`${INDENT}${index + 1}. ${cause}`, `${INDENT}   ${evidence}`);
  }
  return lines;
}
