import fc from 'fast-check';
import { poolPreset, poolProblems } from '../../../src/sequelize/pool-preset';
import { caught } from '../../harness/caught';

const shares = fc.record({
  limit: fc.double({ min: 0.1, max: 500, noNaN: true }),
  processes: fc.integer({ min: 1, max: 200 }),
});

describe('the pool preset', () => {
  it('is Sequelize’s own size, a minute to acquire and five minutes idle by default', () => {
    expect(poolPreset()).toEqual({ max: 5, min: 0, acquire: 60_000, idle: 300_000 });
  });

  it.each([
    { processes: 3, limit: 19, max: 5 },
    { processes: 4, limit: 19, max: 3 },
    { processes: 6, limit: 19, max: 2 },
    { processes: 7, limit: 19, max: 1 },
    { processes: 100, limit: 19, max: 1 },
    { processes: 1, limit: 6, max: 5 },
    { processes: 1, limit: 5.9, max: 4 },
    { processes: 1, limit: 0.5, max: 1 },
  ])('has max $max for $limit per second among $processes processes', ({ max, ...share }) => {
    expect(poolPreset(share).max).toBe(max);
  });

  it('never makes pools and version probes together exceed the limit within a second, unless the share is below two', () => {
    fc.assert(
      fc.property(shares, ({ limit, processes }) => {
        const { max } = poolPreset({ limit, processes });
        expect(max).toBeGreaterThanOrEqual(1);
        expect(max).toBeLessThanOrEqual(5);
        if (limit / processes >= 2) {
          expect(processes * (max + 1)).toBeLessThanOrEqual(limit * (1 + Number.EPSILON * 8));
        }
      }),
    );
  });

  it('leaves time to fill the pool at the share with logins of up to a second, and never less than a minute', () => {
    fc.assert(
      fc.property(shares, ({ limit, processes }) => {
        const { max, acquire, min, idle } = poolPreset({ limit, processes });
        const fillMs = ((max + 1) / (limit / processes)) * 2_000;
        expect(acquire).toBe(Math.max(60_000, Math.ceil(fillMs) + 10_000));
        expect([min, idle]).toEqual([0, 300_000]);
      }),
    );
  });

  it('has no problems of its own', () => {
    fc.assert(
      fc.property(shares, ({ limit, processes }) => {
        fc.pre(limit / processes > 1 / 300);
        const preset = poolPreset({ limit, processes });
        expect(poolProblems({ ...preset, maxUses: Infinity }, { limit, processes })).toEqual([]);
      }),
    );
  });

  it.each([
    { limit: 0 },
    { limit: -1 },
    { limit: NaN },
    { limit: Infinity },
    { processes: 0 },
    { processes: NaN },
  ])('refuses %j', (options) => {
    const error = caught(() => poolPreset(options));
    expect(error.code).toBe('ERR_IAM_AUTH_OPTIONS');
    const [name = ''] = Object.keys(options);
    expect(error.message).toMatch(
      new RegExp(
        `^poolPreset\\.${name} must be a number above 0 .*: correct poolPreset\\.${name}$`,
      ),
    );
  });
});

describe('pool settings that contradict the limit', () => {
  const sound = { max: 5, acquire: 60_000, idle: 300_000, maxUses: Infinity };

  it.each([
    { change: { acquire: 10_631 }, problems: ['pool.acquire is 10631 ms'] },
    { change: { acquire: 10_632 }, problems: [] },
    { change: { idle: 263 }, problems: ['pool.idle is 263 ms'] },
    { change: { idle: 264 }, problems: [] },
    { change: { maxUses: 99 }, problems: ['pool.maxUses is 99'] },
    { change: { maxUses: 100 }, problems: [] },
    {
      change: { max: 1_000, acquire: 1_000, idle: 1_000, maxUses: 1 },
      problems: ['pool.acquire is 1000 ms', 'pool.idle is 1000 ms', 'pool.maxUses is 1'],
    },
  ])('are reported for $change, each with its remedy', ({ change, problems }) => {
    const found = poolProblems({ ...sound, ...change }, {});
    expect(found.map((problem) => problem.split(',')[0])).toEqual(problems);
    for (const problem of found) expect(problem).toMatch(/: (?:raise|remove) pool\./);
  });

  it('are judged by the share of one process', () => {
    expect(poolProblems(sound, { processes: 19 })).toEqual([]);
    expect(poolProblems({ ...sound, acquire: 21_999 }, { processes: 19 })).toEqual([
      'pool.acquire is 21999 ms, but opening 5 connections at 1 per second can take 22000 ms and counts towards it: ' +
        'raise pool.acquire or lower pool.max',
    ]);
    expect(poolProblems({ ...sound, idle: 1_000, max: 2 }, { limit: 1 })).toEqual([
      'pool.idle is 1000 ms, so 2 idle connections could be reopened 2 times per second: raise pool.idle',
    ]);
  });
});
