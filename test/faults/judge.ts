import { peakPerSecond } from 'rds-iam-emulator';
import type { Cell } from '../harness/cells';
import type { Experiment, Seen } from './experiment';
import type { Done } from './ledger';
import type { QueryResult } from './workload';

/** The limit that the package keeps by default. */
const LIMIT = 19;
/** Which rows a query that succeeded has left. */
const ROWS = { read: [], long: [], write: [0], transaction: [1, 2] } as const;

/** All that one round of an experiment brought to light. Instants are on the monotonic clock. */
export interface Observation extends Seen {
  readonly faultEndedAt: number;
  /** Queries that had not ended within the bound. */
  readonly hanging: readonly Pick<QueryResult, 'kind' | 'startedAt'>[];
  readonly done: Done;
  /** Rejections and exceptions that nobody handled. */
  readonly unhandled: readonly string[];
}

/** The figures of a round. Durations are in milliseconds. */
export interface Figures {
  readonly queries: number;
  readonly failed: Readonly<Record<string, number>>;
  /** The longest query. */
  readonly longestMs: number;
  /** From the end of the fault to the start of the last query that failed. */
  readonly recoveryMs: number;
  /** The most logins of any second at one endpoint. */
  readonly peak: number;
  /** Writes that failed although the server did them: the answer was lost. */
  readonly doneButFailed: number;
}

/** Measures a round. */
export function measure({ queries, attempts, faultEndedAt, done }: Observation): Figures {
  const failed: Record<string, number> = {};
  let longestMs = 0;
  let recoveryMs = 0;
  let doneButFailed = 0;
  for (const { id, error, startedAt, endedAt } of queries) {
    longestMs = Math.max(longestMs, endedAt - startedAt);
    if (error === undefined) continue;
    failed[error.code] = (failed[error.code] ?? 0) + 1;
    recoveryMs = Math.max(recoveryMs, startedAt - faultEndedAt);
    if (done.has(id)) doneButFailed += 1;
  }
  const peak = Math.max(0, ...attempts.map(peakPerSecond));
  return { queries: queries.length, failed, longestMs, recoveryMs, peak, doneButFailed };
}

/** What a round shows that must not be, in sentences; none if the fault was met and all is as promised. */
export function judge(experiment: Experiment, cell: Cell, seen: Observation): string[] {
  const met = experiment.isMet(seen, cell) ? [] : ['The fault was not met'];
  return [...met, ...brokenPromises(experiment, seen)];
}

/** What a round shows that must not be, whether or not the fault was met. */
export function brokenPromises(experiment: Experiment, seen: Observation): string[] {
  const { queryMs, recoveryMs, errors, unharmed = [], neverRefusedAs = [] } = experiment;
  const { longestMs, peak, ...figures } = measure(seen);
  const complaints: string[] = [];
  const complain = (isWrong: boolean, sentence: string) => {
    if (isWrong) complaints.push(sentence);
  };
  complain(peak > LIMIT, `${peak} logins in a second`);
  complain(longestMs > queryMs, `A query took ${Math.round(longestMs)} ms, not ${queryMs}`);
  complain(
    figures.recoveryMs > recoveryMs,
    `A query failed that started ${Math.round(figures.recoveryMs)} ms after the fault's end, not ${recoveryMs}`,
  );
  for (const { reason } of seen.attempts.flat())
    complain(neverRefusedAs.includes(String(reason)), `A login was refused as ${reason}`);
  for (const { kind } of seen.hanging) complaints.push(`A query hangs (${kind})`);
  for (const message of seen.unhandled) complaints.push(`Unhandled: ${message}`);
  // The first message of each: many name the query or the connection.
  const wrong = new Map<string, string>();
  for (const { kind, error } of seen.queries) {
    if (error === undefined || (errors.includes(error.code) && !unharmed.includes(kind))) continue;
    const sentence = `A ${kind} failed with ${error.code}`;
    if (!wrong.has(sentence)) wrong.set(sentence, `${sentence}: ${error.message}`);
  }
  complaints.push(...wrong.values(), ...misdone(experiment, seen));
  return [...new Set(complaints)];
}

/** Which queries were lost, or done other than once. */
function misdone({ breaksConnections = false }: Experiment, { queries, done }: Observation) {
  return queries.flatMap(({ id, kind, error }) => {
    const rows = (done.get(id) ?? []).join();
    const whole = ROWS[kind].join();
    if (error === undefined)
      return rows === whole ? [] : [`A ${kind} succeeded and left the rows [${rows}]`];
    if (rows === '') return [];
    if (rows !== whole) return [`A ${kind} failed and left the rows [${rows}]`];
    return breaksConnections ? [] : [`A ${kind} failed although it was done`];
  });
}
