import fc from 'fast-check';
import { MemorySlots, shareOf } from '../../../src/limiter/memory-slots';
import {
  peakPerSecond,
  scenarios,
  simulate,
  type Policy,
  type Scenario,
} from '../../harness/login-simulation';

const neverMoreThanTheLimit = (policy: (limit: number) => Policy<unknown>) =>
  fc.property(scenarios(120), (scenario: Scenario) => {
    const { counted } = simulate(policy(scenario.limit), scenario);
    return peakPerSecond(counted) <= scenario.limit;
  });

function countedSlots(limit: number): MemorySlots {
  const count = new MemorySlots(Infinity);
  count.lowerLimitTo(limit, 1_000);
  return count;
}

/** What many do: so many grants per second, whenever the logins then happen. */
function windowOverGrants(limit: number): Policy<number> {
  let grants: number[] = [];
  return {
    take(now) {
      grants = grants.filter((at) => now - at < 1_000);
      return grants.length < limit ? grants.push(now) : undefined;
    },
    settle: () => undefined,
    nextFreeAt: () => Math.min(...grants) + 1_000,
  };
}

describe('logins that the server counts in any 1000 ms', () => {
  it('are never more than the limit, whenever between grant and settlement it counts them', () => {
    fc.assert(neverMoreThanTheLimit(countedSlots), { numRuns: 300 });
  });

  it('are never more than the limit over 24 hours of bursts, lulls and stalls', () => {
    const DAY_MS = 86_400_000;
    const minute = fc.integer({ min: 0, max: DAY_MS });
    const day = fc.record({
      bursts: fc.array(minute, { minLength: 20, maxLength: 30, size: 'max' }),
      sizes: fc.integer({ min: 1, max: 60 }),
    });
    fc.assert(
      fc.property(day, fc.array(minute, { maxLength: 5 }), ({ bursts, sizes }, stalls) => {
        const logins = bursts.flatMap((arrivesAt) =>
          Array.from({ length: sizes }, (_, index) => ({
            arrivesAt: arrivesAt + index * 7,
            durationMs: (index * 37) % 900,
            outcome: 'accepted' as const,
            countedAt: (index % 3) / 2,
          })),
        );
        const scenario = { limit: 19, logins, stalls: stalls.map((at) => ({ at, forMs: 1_500 })) };
        const { counted } = simulate(countedSlots(19), scenario);
        expect(counted).toHaveLength(logins.length);
        expect(peakPerSecond(counted)).toBeLessThanOrEqual(19);
      }),
      { numRuns: 10 },
    );
  });

  it('a window over grants lets more through', () => {
    expect(fc.check(neverMoreThanTheLimit(windowOverGrants), { numRuns: 500 }).failed).toBe(true);
  });

  it('are at least 0.9 × limit / (1 s + mean login time) while there is demand', () => {
    const demand = fc.record({
      limit: fc.integer({ min: 1, max: 20 }),
      durations: fc.array(fc.integer({ min: 0, max: 3_000 }), {
        minLength: 200,
        maxLength: 400,
        size: 'max',
      }),
    });
    fc.assert(
      fc.property(demand, ({ limit, durations }) => {
        const logins = durations.map((durationMs) => ({
          arrivesAt: 0,
          durationMs,
          outcome: 'accepted' as const,
          countedAt: 0.5,
        }));
        const { granted } = simulate(countedSlots(limit), { limit, logins, stalls: [] });
        const seconds = Math.max(...granted) / 1_000;
        const meanS = durations.reduce((sum, ms) => sum + ms, 0) / durations.length / 1_000;
        expect(granted.length / seconds).toBeGreaterThanOrEqual((0.9 * limit) / (1 + meanS));
      }),
      { numRuns: 50 },
    );
  });
});

function taken(count: MemorySlots, now = 0) {
  const slot = count.take(now, 15_000);
  if (slot === undefined) throw new Error('None was free');
  return slot;
}

describe('a slot', () => {
  it('is free for the first `limit` at once, and then for nobody', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 300 }), (limit) => {
        const count = countedSlots(limit);
        for (let index = 0; index < limit; index += 1) taken(count);
        expect(count.take(0, 15_000)).toBeUndefined();
      }),
    );
  });

  it.each([
    { outcome: 'accepted', cooldownMs: 1_010 },
    { outcome: 'denied', cooldownMs: 1_010 },
    { outcome: 'failed', cooldownMs: 1_010 },
    { outcome: 'timeout', cooldownMs: 10_000 },
    { outcome: 'notNeeded', cooldownMs: 0 },
  ] as const)(
    'is free again $cooldownMs ms after a login that was $outcome',
    ({ outcome, cooldownMs }) => {
      const count = countedSlots(1);
      const slot = taken(count);
      count.settle(slot, 500, outcome);
      if (cooldownMs > 0) {
        expect(count.nextFreeAt()).toBe(500 + cooldownMs);
        expect(count.take(500 + cooldownMs - 1, 15_000)).toBeUndefined();
      }
      expect(count.take(500 + cooldownMs, 15_000)).toBeDefined();
    },
  );

  it('that nobody settles is free 10 s after its lease', () => {
    const count = countedSlots(1);
    taken(count);
    expect(count.nextFreeAt()).toBe(25_000);
    expect(count.take(24_999, 15_000)).toBeUndefined();
    expect(count.take(25_000, 15_000)).toBeDefined();
  });

  it('tells when the first of several is free, and that none is in use', () => {
    const count = countedSlots(3);
    expect(count.nextFreeAt()).toBe(Infinity);
    taken(count);
    count.settle(taken(count, 100), 200, 'accepted');
    expect(count.nextFreeAt()).toBe(1_210);
  });
});

describe('several limits for one count', () => {
  it('the lowest limit and the longest interval hold, in whichever order they come', () => {
    const wishes = fc.array(
      fc.record({
        limit: fc.integer({ min: 1, max: 30 }),
        intervalMs: fc.integer({ min: 1_000, max: 9_000 }),
      }),
      { minLength: 1, maxLength: 5 },
    );
    fc.assert(
      fc.property(wishes, (given) => {
        const count = new MemorySlots(Infinity);
        for (const { limit, intervalMs } of given) count.lowerLimitTo(limit, intervalMs);
        const lowest = Math.min(...given.map(({ limit }) => limit));
        const longest = Math.max(...given.map(({ intervalMs }) => intervalMs));
        for (let index = 0; index < lowest; index += 1) {
          count.settle(taken(count), 0, 'accepted');
        }
        expect(count.take(longest + 9, 15_000)).toBeUndefined();
        expect(count.take(longest + 10, 15_000)).toBeDefined();
      }),
    );
  });
});

it.each([
  { limit: 19, processes: 4, share: { limit: 4, intervalMs: 1_000 } },
  { limit: 1, processes: 4, share: { limit: 1, intervalMs: 4_000 } },
  { limit: 1, processes: Number.MAX_SAFE_INTEGER, share: { limit: 1, intervalMs: 2 ** 30 } },
  { limit: 5e-324, processes: 1, share: { limit: 1, intervalMs: 2 ** 30 } },
])(
  'the share of one of $processes processes in $limit per second is one that timers can wait for',
  ({ limit, processes, share }) => {
    expect(shareOf(limit, processes)).toEqual(share);
  },
);
