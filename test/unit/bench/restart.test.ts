import { simulateRestart, type Restart } from '../../../bench/restart';

const LIMIT = 19;
const LOGIN_MS = 50;

const restart = (given: Partial<Restart>): Restart => ({
  processes: 50,
  connections: 10,
  limit: LIMIT,
  loginMs: LOGIN_MS,
  way: 'through Redis',
  ...given,
});

describe('a simulated restart through Redis', () => {
  it.each([
    { processes: 1, connections: 1 },
    { processes: 10, connections: 5 },
    { processes: 50, connections: 10 },
    { processes: 1_000, connections: 1 },
    { processes: 300, connections: 3 },
  ])(
    'logs $processes × $connections in, never more than 19 within a second, in little more than the limit allows',
    (size) => {
      const { logins, peakPerSecond, allMs, boundMs } = simulateRestart(restart(size));
      expect(logins).toBe(size.processes * size.connections);
      expect(peakPerSecond).toBe(Math.min(LIMIT, logins));
      expect(allMs).toBeGreaterThanOrEqual(boundMs * 0.95);
      expect(allMs).toBeLessThanOrEqual(boundMs * 1.15 + 1_000);
    },
  );

  it('gives each process its first connection before any gets its second, where all ask at once', () => {
    const { firstsMs, allMs } = simulateRestart(restart({ processes: 100, connections: 5 }));
    expect(firstsMs).toBeLessThan(allMs / 4);
  });

  it('takes longer with logins that take longer', () => {
    const quick = simulateRestart(restart({ loginMs: 10 }));
    const slow = simulateRestart(restart({ loginMs: 1_000 }));
    expect(slow.allMs).toBeGreaterThan(quick.allMs * 1.7);
    expect(slow.peakPerSecond).toBeLessThanOrEqual(LIMIT);
  });

  it('says how many processes wait for longer than Sequelize does', () => {
    expect(simulateRestart(restart({ processes: 1_000, connections: 1 })).beyondAcquire).toBe(0);
    const { beyondAcquire } = simulateRestart(restart({ processes: 2_000, connections: 1 }));
    expect(beyondAcquire).toBeGreaterThan(0.4);
    expect(beyondAcquire).toBeLessThan(0.6);
  });
});

describe('a simulated restart without Redis', () => {
  it('keeps the limit by shares up to as many processes as the limit, and beyond lets the first login of each through', () => {
    const peak = (processes: number) =>
      simulateRestart(restart({ processes, connections: 3, way: 'own shares' })).peakPerSecond;
    expect([4, 10, 19].map(peak)).toEqual([12, 10, 19]);
    expect([38, 500].map(peak)).toEqual([38, 500]);
  });

  it('lets everything through where each process takes the whole limit', () => {
    const each = restart({ processes: 20, connections: 5, way: 'each for itself' });
    expect(simulateRestart(each).peakPerSecond).toBe(100);
  });
});
