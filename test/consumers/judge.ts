import type { Application, Ended, Outcome } from './consumer';

/** What must be in no output: parts of a token, whatever signed it, and of the credentials that the consumers get. */
const SECRETS = /X-Amz-|SessionToken|je7MtGbClwBF|Action=connect/i;

/** Tells how an application did, by what it said, how it ended and how many rows it left. */
export function judge(application: Application, ended: Ended, visits: number): Outcome {
  const problem = problemOf(application, ended, visits);
  if (application.upstream === undefined) {
    return problem === undefined ? { kind: 'ok' } : { kind: 'fails', reason: problem };
  }
  return problem === undefined
    ? { kind: 'fails', reason: 'works by now: take its mark "upstream" away' }
    : { kind: 'upstream', reason: application.upstream };
}

function problemOf(application: Application, ended: Ended, visits: number): string | undefined {
  const { visits: expected = 1, prints, fails } = application;
  const { exitCode, output } = ended;
  const secret = SECRETS.exec(output);
  if (secret !== null) return `prints a secret (${secret[0]})`;
  if (prints !== undefined && !prints.test(output)) return `did not say ${String(prints)}`;
  if (fails === undefined) {
    if (exitCode !== 0) return `ended with ${exitCode ?? 'a signal'}`;
    return visits === expected ? undefined : `left ${visits} rows, not ${expected}`;
  }
  if (exitCode === 0) return 'ended well, and should have failed';
  if (!fails.test(output)) return `did not say ${String(fails)}`;
  return visits === 0 ? undefined : 'visited, and should have failed before';
}
