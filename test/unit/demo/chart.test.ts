import { chart, scaleFor } from '../../../examples/demo/chart';
import type { Login, LoginOutcome } from '../../../examples/demo/logins';
import { paintFor } from '../../../examples/demo/paint';

const plain = paintFor({}, {});

const logins = (outcome: LoginOutcome, times: readonly number[]): Login[] =>
  times.map((at) => ({ at, outcome }));
const at = (count: number, time: number) => Array<number>(count).fill(time);
const draw = (run: readonly Login[], limit = 20) => chart(run, scaleFor([run], limit), plain);

describe('the chart of a run', () => {
  it('stands on the limit’s line when a second saw as many logins as the limit', () => {
    const [rowAboveTheLimit, rowBelowIt] = draw(logins('accepted', at(20, 5_000))).slice(3, 5);

    expect(rowAboveTheLimit).toBe(`    20/s │${'_'.repeat(66)}`);
    expect(rowBelowIt).toBe(`         │${'█'.repeat(10)}`);
  });

  it('shows refused logins above the accepted ones, for the second in which they count', () => {
    const run = [...logins('accepted', at(10, 0)), ...logins('throttled', at(10, 0))];

    const [refused, accepted] = [draw(run)[4], draw(run)[6]];

    expect(refused).toBe(`         │${'░'.repeat(10)}`);
    expect(accepted).toBe(`         │${'█'.repeat(10)}`);
  });

  it('ends in arrows where it goes beyond twice the limit', () => {
    expect(draw(logins('throttled', at(40, 0)))[0]).toBe(`         │${'░'.repeat(10)}`);
    expect(draw(logins('throttled', at(41, 0)))[0]).toBe(`         │${'▲'.repeat(10)}`);
  });

  it.each([0, 3_000, 20_000, 600_000])('of %d ms fits into 80 columns', (length) => {
    const lines = draw(logins('accepted', [0, length]));

    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
    expect(lines.at(-1)).toMatch(/^ {10}0 s/);
  });

  it('of no logins at all is empty', () => {
    expect(draw([]).join('\n')).not.toMatch(/[█░▲]/);
  });
});

describe('colours', () => {
  it.each([
    { output: { isTTY: true }, env: {}, colored: true },
    { output: { isTTY: true }, env: { NO_COLOR: '1' }, colored: false },
    { output: { isTTY: true }, env: { NO_COLOR: '' }, colored: true },
    { output: {}, env: {}, colored: false },
  ])('are used: $colored, with $output and $env', ({ output, env, colored }) => {
    expect(paintFor(output, env).bad('x') !== 'x').toBe(colored);
  });
});
