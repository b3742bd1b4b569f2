import { judge, type JestReport } from '../../mutations/judge';

type Assertion = JestReport['testResults'][number]['assertionResults'][number];

const passed: Assertion = { fullName: 'logs in', status: 'passed', failureMessages: [] };
const failed: Assertion = {
  fullName: 'sends no token',
  status: 'failed',
  failureMessages: ['Error: expect(received).toBe(expected)'],
};
const late: Assertion = {
  fullName: 'ends',
  status: 'failed',
  failureMessages: ['Error: thrown: "Exceeded timeout of 20000 ms for a test.'],
};
const skipped: Assertion = { fullName: 'other', status: 'pending' };

const run = (assertionResults: readonly Assertion[], message = '') => ({
  isLate: false,
  output: 'what Jest said',
  report: {
    success: assertionResults.every(({ status }) => status !== 'failed') && message === '',
    testResults: [{ message, assertionResults }],
  },
});

it.each([
  ['a test failed', run([passed, failed, skipped])],
  ['another one was late', run([late, failed])],
  ['Jest did not end by itself', { ...run([failed]), isLate: true }],
])('a mutation is killed by an assertion, which is named: %s', (_, given) => {
  expect(judge(given)).toEqual({ kind: 'killed', by: 'sends no token' });
});

it('a mutation after which a test is only late is marked so', () => {
  expect(judge(run([passed, late]))).toEqual({ kind: 'timeout', by: 'ends' });
});

it('a mutation after which nothing ends is marked so', () => {
  const hanging = { isLate: true, output: '', report: undefined };
  expect(judge(hanging)).toEqual({ kind: 'timeout', by: 'the run did not end' });
});

it('a mutation that no test notices survives', () => {
  expect(judge(run([passed, skipped]))).toEqual({ kind: 'survived' });
});

it.each([
  ['no test has the name', run([skipped]), 'no test ran:\nwhat Jest said'],
  ['the file does not compile', run([], 'Expected ";"'), 'no test ran:\nExpected ";"'],
  ['Jest wrote no report', { isLate: false, output: ' boom\n' }, 'no test ran:\nboom'],
  ['another file could not run', run([passed], 'No module'), 'no test ran:\nNo module'],
])('an entry is broken if %s', (_, given, reason) => {
  expect(judge(given)).toEqual({ kind: 'broken', reason });
});

it('of a name with a stack in it, the first line is shown', () => {
  const named = { ...failed, fullName: 'Error: no\n    at /tmp/a.ts:1:1 is denied' };
  expect(judge(run([named]))).toEqual({ kind: 'killed', by: 'Error: no' });
});

it('of a long name, the beginning is shown', () => {
  const named = { ...failed, fullName: '.'.repeat(100_000) };
  expect(judge(run([named]))).toEqual({ kind: 'killed', by: `${'.'.repeat(200)}…` });
});

it('of a long reason, the beginning is shown', () => {
  const output = Array.from({ length: 99 }, (_, line) => `line ${line}`).join('\n');
  const verdict = judge({ isLate: false, output });
  expect(verdict).toMatchObject({ kind: 'broken' });
  expect('reason' in verdict && verdict.reason.split('\n')).toHaveLength(13);
});
