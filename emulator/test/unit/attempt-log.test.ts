import fc from 'fast-check';
import { AttemptLog, countBy, peakPerSecond, type Attempt } from '../../src/endpoint/attempt-log';

const at = (...times: number[]) => times.map((tokenAt) => ({ tokenAt }));

describe('peakPerSecond', () => {
  it.each([
    { times: [], peak: 0 },
    { times: [5], peak: 1 },
    { times: [0, 999.999], peak: 2 },
    { times: [0, 1000], peak: 1 },
    { times: [900, 0, 1100, 1899.9], peak: 3 },
  ])('finds $peak in $times', ({ times, peak }) => {
    expect(peakPerSecond(at(...times))).toBe(peak);
  });

  it('leaves out attempts that brought no token', () => {
    expect(peakPerSecond([{}, { tokenAt: 1 }, {}])).toBe(1);
  });

  it('finds what counting every window finds', () => {
    const instants = fc.array(fc.integer({ min: 0, max: 5000 }), { maxLength: 60 });
    fc.assert(
      fc.property(instants, (times) => {
        const windows = times.map(
          (end) => times.filter((time) => time > end - 1000 && time <= end).length,
        );
        expect(peakPerSecond(at(...times))).toBe(Math.max(0, ...windows));
      }),
    );
  });
});

describe('AttemptLog', () => {
  it('counts the tokens of the second that ends now, over clear() too', () => {
    let now = 0;
    const log = new AttemptLog('mysql', undefined, () => now);
    const countAt = (time: number) => {
      now = time;
      return log.countToken(log.open());
    };
    expect([countAt(0), countAt(1), countAt(999.5)]).toEqual([1, 2, 3]);
    log.clear();
    expect([countAt(1000), countAt(1001), countAt(3000)]).toEqual([3, 3, 1]);
  });

  it('tells of each attempt when it is decided, once, and not of what happens afterwards', async () => {
    const told: Attempt[] = [];
    const log = new AttemptLog('postgres', (attempt) => void told.push(attempt));
    const record = log.open();
    log.settle(record, 'denied', 'expired', 'The token has expired');
    log.settle(record, 'failed', 'too late');
    await Promise.resolve();
    const decided = { outcome: 'denied', reason: 'expired', detail: 'The token has expired' };
    expect(told).toMatchObject([{ engine: 'postgres', ...decided }]);
    expect(log.list()).toEqual(told);
  });

  it('tells nothing of what was no login after all', async () => {
    const told: Attempt[] = [];
    const log = new AttemptLog('postgres', (attempt) => void told.push(attempt));
    const [kept, discarded] = [log.open(), log.open()];
    log.discard(discarded);
    log.settle(discarded, 'failed', 'timeout');
    log.settle(kept, 'accepted');
    await Promise.resolve();
    expect(told).toMatchObject([{ outcome: 'accepted' }]);
    expect(log.list()).toEqual(told);
  });

  it('keeps the last hundred thousand', () => {
    let now = 0;
    const log = new AttemptLog('mysql', undefined, () => now);
    for (; now < 130_000; now += 1) log.open();
    const kept = log.list();
    expect(kept).toHaveLength(100_000);
    expect(kept[0]?.acceptedAt).toBe(30_000);
  });

  it('hands out copies', () => {
    const log = new AttemptLog('mysql');
    const record = log.open();
    const [before] = log.list();
    log.settle(record, 'denied', 'expired');
    expect(before?.outcome).toBe('open');
    expect(countBy(log.list(), 'reason')).toEqual({ expired: 1 });
  });
});
