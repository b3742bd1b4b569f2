import fc from 'fast-check';
import { Backoff } from '../../../src/limiter/backoff';

const longest = () => new Backoff(() => 1);
const shortest = () => new Backoff(() => 0);

/** The delays after each of `count` failures in a row. */
function delays(backoff: Backoff, count: number): number[] {
  let now = 0;
  return Array.from({ length: count }, () => {
    expect(backoff.enter(now)).toBe(true);
    backoff.settle('denied', now);
    const delay = backoff.delay(now);
    now += delay;
    return delay;
  });
}

it('does not delay while logins are accepted', () => {
  const backoff = longest();
  for (let now = 0; now < 100; now += 1) {
    expect(backoff.delay(now)).toBe(0);
    expect(backoff.enter(now)).toBe(true);
    if (now % 2 === 0) backoff.settle('accepted', now);
  }
  expect(backoff.failing).toBe(false);
});

it('doubles its delay from 50 ms to one second, varied downwards by up to a fifth', () => {
  expect(delays(longest(), 8)).toEqual([50, 100, 200, 400, 800, 1_000, 1_000, 1_000]);
  expect(delays(shortest(), 7)).toEqual([40, 80, 160, 320, 640, 800, 800]);
});

it('stays within those bounds for 200 failures', () => {
  const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
  fc.assert(
    fc.property(random, (value) => {
      const found = delays(new Backoff(() => value), 200).slice(5);
      expect(Math.min(...found)).toBeGreaterThanOrEqual(800);
      expect(Math.max(...found)).toBeLessThanOrEqual(1_000);
    }),
    { numRuns: 20 },
  );
});

it('varies by Math.random where nothing else is given', () => {
  const found = new Set(Array.from({ length: 20 }, () => delays(new Backoff(), 1)[0]));
  expect(found.size).toBeGreaterThan(1);
});

it('lets between 60 and 80 attempts a minute begin while all fail at once', () => {
  for (const backoff of [longest(), shortest()]) {
    let attempts = 0;
    for (let now = 0; now < 60_000; now += 1) {
      if (!backoff.enter(now)) continue;
      attempts += 1;
      backoff.settle('failed', now);
    }
    expect(attempts).toBeGreaterThanOrEqual(60);
    expect(attempts).toBeLessThanOrEqual(80);
  }
});

describe('while logins fail', () => {
  const failing = (outcome: 'denied' | 'failed' | 'timeout' = 'failed') => {
    const backoff = longest();
    backoff.settle(outcome, 0, new Error('refused'));
    return backoff;
  };

  it.each(['denied', 'failed', 'timeout'] as const)('%s counts as a failure', (outcome) => {
    const backoff = failing(outcome);
    expect(backoff.failing).toBe(true);
    expect(backoff.lastError).toEqual(new Error('refused'));
    expect(backoff.enter(49)).toBe(false);
    expect(backoff.enter(50)).toBe(true);
  });

  it('admits one attempt at a time, until it settles', () => {
    const backoff = failing();
    expect(backoff.enter(1_000)).toBe(true);
    expect(backoff.enter(1_000)).toBe(false);
    expect(backoff.delay(1_300)).toBe(700);
    backoff.settle('failed', 1_400);
    expect(backoff.delay(1_400)).toBe(0);
    expect(backoff.enter(1_400)).toBe(true);
  });

  it('admits the next attempt a second after one that has no answer, or was lost', () => {
    const backoff = failing();
    expect(backoff.enter(1_000)).toBe(true);
    expect(backoff.enter(1_999)).toBe(false);
    expect(backoff.enter(2_000)).toBe(true);
    expect(backoff.enter(2_000)).toBe(false);
  });

  it('one accepted login ends it and forgets the error', () => {
    const backoff = failing();
    backoff.settle('failed', 100, new Error('again'));
    expect(backoff.enter(200)).toBe(true);
    backoff.settle('accepted', 210);
    expect(backoff.failing).toBe(false);
    expect(backoff.lastError).toBeUndefined();
    expect(backoff.enter(210)).toBe(true);
    expect(backoff.enter(210)).toBe(true);
    backoff.settle('failed', 230);
    expect(backoff.delay(230)).toBe(30);
  });

  it('an attempt that was not made changes nothing but lets another one begin', () => {
    const backoff = failing();
    expect(backoff.enter(50)).toBe(true);
    backoff.settle('notNeeded', 60);
    expect(backoff.lastError).toEqual(new Error('refused'));
    expect(backoff.enter(60)).toBe(true);
    backoff.settle('failed', 60);
    expect(backoff.delay(60)).toBe(100);
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
        const backoff = new Backoff(() => random);
        const outcome = answerMs === 10_000 ? 'timeout' : 'failed';
        const answersAt: number[] = [];
        let attempts = 0;
        let now = 0;
        for (; now < 40_000; now += 1) {
          while (answersAt[0] === now) {
            answersAt.shift();
            backoff.settle(outcome, now);
          }
          const isFirst = attempts === 0;
          if (!isFirst && !backoff.failing) continue;
          if (!backoff.enter(now)) continue;
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
