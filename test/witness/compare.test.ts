import { confirm, failingOnlyIn, indexed, type Result } from './compare';

const result = (title: string, outcome: Result['outcome'], message?: string): Result => ({
  file: 'a.test.js',
  title,
  outcome,
  ...(message !== undefined && { message }),
});

const titles = (here: readonly Result[], there: readonly Result[]) =>
  failingOnlyIn(indexed(here), indexed(there)).map(({ key, message }) => `${key}: ${message}`);

describe('failingOnlyIn', () => {
  it.each([
    { here: [], there: [] },
    { here: [result('t', 'passed')], there: [result('t', 'passed')] },
    { here: [result('t', 'failed', 'no')], there: [result('t', 'failed', 'nor here')] },
    { here: [result('t', 'passed')], there: [result('t', 'failed')] },
    { here: [result('t', 'passed')], there: [] },
    { here: [], there: [result('t', 'failed')] },
    { here: [result('t', 'skipped')], there: [result('t', 'failed')] },
  ])('finds nothing between $here and $there', ({ here, there }) => {
    expect(titles(here, there)).toEqual([]);
  });

  it.each([
    { here: [result('t', 'failed', 'no')], there: [result('t', 'passed')], message: 'no' },
    { here: [result('t', 'failed', 'no')], there: [result('t', 'skipped')], message: 'no' },
    { here: [result('t', 'failed', 'no')], there: [], message: 'no' },
    { here: [result('t', 'skipped')], there: [result('t', 'passed')], message: 'skipped' },
    { here: [], there: [result('t', 'passed')], message: 'did not run' },
  ])('says “$message” of $here against $there', ({ here, there, message }) => {
    expect(titles(here, there)).toEqual([`a.test.js: t: ${message}`]);
  });

  it('tells tests of the same title apart', () => {
    const here = [result('t', 'passed'), result('t', 'failed', 'no')];
    const there = [result('t', 'passed'), result('t', 'passed')];
    expect(titles(here, there)).toEqual(['a.test.js: t (2): no']);
  });
});

describe('confirm', () => {
  it('confirms what is found again; what is found only then does not count', () => {
    const difference = (key: string) => ({ key, file: 'a.test.js', message: 'no' });
    expect(confirm([difference('a'), difference('b')], [difference('b'), difference('c')])).toEqual(
      { confirmed: [difference('b')], flaky: [difference('a')] },
    );
  });
});
