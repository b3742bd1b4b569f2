import fc from 'fast-check';
import { BackOff } from '../../src/limiter/back-off';

const longest = () => new BackOff(() => 1);
const shortest = () => new BackOff(() => 0);

/** The delays after each of `count` failures in a row. */
function delays(backOff: BackOff, count: number): number[] {
  let now = 0;
  return Array.from({ length: count }, () => {
    expect(backOff.enter(now)).toBe(true);
    backOff.settle('denied', now);
    const delay = backOff.delay(now);
    now += delay;
    return delay;
  });
}

it('does not delay while logins are accepted', () => {
  const backOff = longest();
  for (let now = 0; now < 100; now += 1) {
    expect(backOff.delay(now)).toBe(0);
    expect(backOff.enter(now)).toBe(true);
    if (now % 2 === 0) backOff.settle('accepted', now);
  }
  expect(backOff.failing).toBe(false);
});

it('doubles its delay from 50 ms to one second, varied downwards by up to a fifth', () => {
  expect(delays(longest(), 8)).toEqual([50, 100, 200, 400, 800, 1_000, 1_000, 1_000]);
  expect(delays(shortest(), 7)).toEqual([40, 80, 160, 320, 640, 800, 800]);
});

it('stays within those bounds for 200 failures', () => {
  const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
  fc.assert(
    fc.property(random, (value) => {
      const found = delays(new BackOff(() => value), 200).slice(5);
      expect(Math.min(...found)).toBeGreaterThanOrEqual(800);
      expect(Math.max(...found)).toBeLessThanOrEqual(1_000);
    }),
    { numRuns: 20 },
  );
});

it('varies by Math.random where nothing else is given', () => {
  const found = new Set(Array.from({ length: 20 }, () => delays(new BackOff(), 1)[0]));
  expect(found.size).toBeGreaterThan(1);
});

it('lets between 60 and 80 attempts a minute begin while all fail at once', () => {
  for (const backOff of [longest(), shortest()]) {
    let attempts = 0;
    for (let now = 0; now < 60_000; now += 1) {
      if (!backOff.enter(now)) continue;
      attempts += 1;
      backOff.settle('failed', now);
    }
    expect(attempts).toBeGreaterThanOrEqual(60);
    expect(attempts).toBeLessThanOrEqual(80);
  }
});

describe('while logins fail', () => {
  const failing = (outcome: 'denied' | 'failed' | 'timeout' = 'failed') => {
    const backOff = longest();
    backOff.settle(outcome, 0, new Error('refused'));
    return backOff;
  };

  it.each(['denied', 'failed', 'timeout'] as const)('%s counts as a failure', (outcome) => {
    const backOff = failing(outcome);
    expect(backOff.failing).toBe(true);
    expect(backOff.lastError).toEqual(new Error('refused'));
    expect(backOff.enter(49)).toBe(false);
    expect(backOff.enter(50)).toBe(true);
  });

  it('admits one attempt at a time, until it settles', () => {
    const backOff = failing();
    expect(backOff.enter(1_000)).toBe(true);
    expect(backOff.enter(1_000)).toBe(false);
    expect(backOff.delay(1_300)).toBe(700);
    backOff.settle('failed', 1_400);
    expect(backOff.delay(1_400)).toBe(0);
    expect(backOff.enter(1_400)).toBe(true);
  });

  it('admits the next attempt a second after one that has no answer, or was lost', () => {
    const backOff = failing();
    expect(backOff.enter(1_000)).toBe(true);
    expect(backOff.enter(1_999)).toBe(false);
    expect(backOff.enter(2_000)).toBe(true);
    expect(backOff.enter(2_000)).toBe(false);
  });

  it('one accepted login ends it and forgets the error', () => {
    const backOff = failing();
    backOff.settle('failed', 100, new Error('again'));
    expect(backOff.enter(200)).toBe(true);
    backOff.settle('accepted', 210);
    expect(backOff.failing).toBe(false);
    expect(backOff.lastError).toBeUndefined();
    expect(backOff.enter(210)).toBe(true);
    expect(backOff.enter(210)).toBe(true);
    backOff.settle('failed', 230);
    expect(backOff.delay(230)).toBe(30);
  });

  it('an attempt that was not made changes nothing but lets another one begin', () => {
    const backOff = failing();
    expect(backOff.enter(50)).toBe(true);
    backOff.settle('unwanted', 60);
    expect(backOff.lastError).toEqual(new Error('refused'));
    expect(backOff.enter(60)).toBe(true);
    backOff.settle('failed', 60);
    expect(backOff.delay(60)).toBe(100);
  });
});

describe('a failover', () => {
  it('of 30 s is prolonged by no more than a second, whether the server refuses, resets or is silent', () => {
    const failover = fc.record({
      random: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      answerMs: fc.oneof(fc.integer({ min: 1, max: 500 }), fc.constant(10_000)),
    });
    fc.assert(
      fc.property(failover, ({ random, answerMs }) => {
        const backOff = new BackOff(() => random);
        const outcome = answerMs === 10_000 ? 'timeout' : 'failed';
        const answersAt: number[] = [];
        let attempts = 0;
        let now = 0;
        for (; now < 40_000; now += 1) {
          while (answersAt[0] === now) {
            answersAt.shift();
            backOff.settle(outcome, now);
          }
          const isFirst = attempts === 0;
          if (!isFirst && !backOff.failing) continue;
          if (!backOff.enter(now)) continue;
          if (now >= 30_000) break;
          attempts += 1;
          answersAt.push(now + answerMs);
        }
        expect(now).toBeLessThanOrEqual(31_000);
        expect(attempts).toBeLessThanOrEqual(45);
      }),
      { numRuns: 40 },
    );
  });
});
