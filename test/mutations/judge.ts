/** What Jest's option `--json` writes, as far as it is read here. */
export interface JestReport {
  readonly success: boolean;
  readonly testResults: readonly {
    readonly message: string;
    readonly assertionResults: readonly {
      readonly fullName: string;
      readonly status: string;
      readonly failureMessages?: readonly string[] | null;
    }[];
  }[];
}

/** How a run of Jest ended. */
export interface Run {
  /** Whether it was ended because it took too long. */
  readonly isLate: boolean;
  readonly output: string;
  /** Missing if Jest wrote none. */
  readonly report?: JestReport | undefined;
}

/**
 * - `killed`: a test failed by an assertion.
 * - `timeout`: nothing failed but by taking too long, which a slow machine may do too.
 * - `survived`: tests ran, and none failed.
 * - `broken`: no test ran, so the entry proves nothing.
 */
export type Verdict =
  | { readonly kind: 'killed' | 'timeout'; readonly by: string }
  | { readonly kind: 'survived' }
  | { readonly kind: 'broken'; readonly reason: string };

const TOO_LONG = /Exceeded timeout of \d+ ms|exceeded a time-?out/i;
const REASON_LINES = 12;
const NAME_LENGTH = 200;

/** Judges a mutation by the run of the test that must catch it. */
export function judge({ isLate, output, report }: Run): Verdict {
  const results = report?.testResults.flatMap((file) => file.assertionResults) ?? [];
  const failed = results.filter(({ status }) => status === 'failed');
  const byAssertion = failed.find(({ failureMessages }) =>
    failureMessages?.some((message) => !TOO_LONG.test(message)),
  );
  if (byAssertion !== undefined) return { kind: 'killed', by: nameOf(byAssertion) };
  const [late] = failed;
  if (late !== undefined) return { kind: 'timeout', by: nameOf(late) };
  if (report === undefined && isLate) return { kind: 'timeout', by: 'the run did not end' };
  // Not by the exit code: connections that other tests of the file have begun may break when the selected ones have ended.
  const hasPassed = results.some(({ status }) => status === 'passed');
  if (hasPassed && report?.success === true) return { kind: 'survived' };
  return { kind: 'broken', reason: reasonOf(report, output) };
}

/** A name may contain an error with its stack, or a long value. */
function nameOf({ fullName }: { readonly fullName: string }): string {
  const [line = ''] = fullName.split('\n');
  return line.length > NAME_LENGTH ? `${line.slice(0, NAME_LENGTH)}…` : line;
}

function reasonOf(report: JestReport | undefined, output: string): string {
  const message = report?.testResults.map((file) => file.message).find((text) => text !== '');
  const lines = (message ?? output).trim().split('\n');
  return ['no test ran:', ...lines.slice(0, REASON_LINES)].join('\n');
}
