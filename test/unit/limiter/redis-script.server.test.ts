import fc from 'fast-check';
import { Redis } from 'ioredis';
import { SCRIPT } from '../../../src/limiter/redis-script';
import { LATE_COOLDOWN_MS, COOLDOWN_MS, cooldownAfter } from '../../../src/limiter/memory-slots';
import { startRedis, type RedisServer } from '../../harness/redis-server';
import {
  countedAt,
  LEASE_MS,
  peakPerSecond,
  type SimulatedLogin,
} from '../../harness/login-simulation';

/** The script as it stands, but for the clock, which comes with the arguments. */
const WITH_CLOCK = SCRIPT.replace(
  "redis.call('TIME')",
  '{ table.remove(ARGV), table.remove(ARGV) }',
);

let server: RedisServer;
let redis: Redis;
beforeAll(async () => {
  server = await startRedis();
  redis = new Redis(server.port, server.host);
});
afterAll(async () => {
  redis.disconnect();
  await server.stop();
});

interface Fleet {
  readonly limit: number;
  readonly processes: readonly {
    readonly logins: readonly SimulatedLogin[];
    readonly diesAt: number;
  }[];
  /** When Redis's clock is set back, and by how much. */
  readonly steps: readonly { readonly at: number; readonly byMs: number }[];
  /** When Redis loses all keys. */
  readonly flushes: readonly number[];
}

const login = (outcomes: readonly SimulatedLogin['outcome'][], maxMs: number) =>
  fc.record({
    arrivesAt: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 4_000 })),
    durationMs: fc.oneof(fc.integer({ min: 0, max: 100 }), fc.integer({ min: 0, max: maxMs })),
    outcome: fc.constantFrom(...outcomes),
    countedAt: fc.oneof(fc.constantFrom(0, 1), fc.double({ min: 0, max: 1, noNaN: true })),
  });

const fleets = (given: {
  readonly outcomes: readonly SimulatedLogin['outcome'][];
  readonly maxMs: number;
  readonly flushes: number;
}) =>
  fc.record({
    limit: fc.integer({ min: 1, max: 8 }),
    processes: fc.array(
      fc.record({
        logins: fc.array(login(given.outcomes, given.maxMs), {
          minLength: 1,
          maxLength: 14,
          size: 'max',
        }),
        diesAt: fc.oneof(
          { weight: 4, arbitrary: fc.constant(Infinity) },
          { weight: 1, arbitrary: fc.integer({ min: 0, max: 5_000 }) },
        ),
      }),
      { minLength: 1, maxLength: 5, size: 'max' },
    ),
    steps: fc.array(
      fc.record({
        at: fc.integer({ min: 0, max: 6_000 }),
        byMs: fc.integer({ min: 1, max: 100_000 }),
      }),
      { maxLength: 2 },
    ),
    flushes: fc.array(fc.integer({ min: 0, max: 6_000 }), { maxLength: given.flushes }),
  });

type Answer = [epoch: string, granted: number, waitMs: number];

/** Runs the script at this time of Redis's clock. */
async function callAt(time: number, args: readonly (string | number)[]): Promise<Answer> {
  const keys = ['slots', 'turns', 'due', 'state'];
  const clock = [(time % 1_000) * 1_000, Math.floor(time / 1_000)];
  return (await redis.eval(WITH_CLOCK, keys.length, ...keys, ...args, ...clock)) as Answer;
}

/** Runs a fleet in simulated time against the real script; returns what the server counts, and what was asked of Redis. */
async function run({ limit, processes, steps, flushes }: Fleet) {
  // Redis has known the key for long.
  await redis.flushall();
  let now = 0;
  const clock = () =>
    1_790_000_000_000 + now - steps.reduce((sum, { at, byMs }) => sum + (at <= now ? byMs : 0), 0);
  const call = (...args: (string | number)[]) => callAt(clock(), args);
  await call('settle');
  now = COOLDOWN_MS;

  const agenda: { at: number; run: () => Promise<void> }[] = [];
  const schedule = (at: number, run: () => Promise<void>) => void agenda.push({ at, run });
  const counted: number[] = [];
  const granted: number[] = [];
  let calls = 0;
  let id = 0;

  processes.forEach(({ logins, diesAt }, index) => {
    const waiting: SimulatedLogin[] = [];
    let isAsking = false;
    const ask = async (): Promise<void> => {
      const [head] = waiting;
      if (head === undefined || now >= diesAt) {
        isAsking = false;
        return;
      }
      isAsking = true;
      const slot = `${index}:${(id += 1)}`;
      calls += 1;
      const [, isGranted, waitMs] = await call(
        'take',
        slot,
        `process ${index}`,
        LEASE_MS + LATE_COOLDOWN_MS,
        limit,
        COOLDOWN_MS,
      );
      if (isGranted !== 1) {
        schedule(now + waitMs, ask);
        return;
      }
      waiting.shift();
      const from = now;
      granted.push(now);
      const { outcome } = head;
      const endsAt = from + (outcome === 'notNeeded' ? 0 : head.durationMs);
      if (outcome === 'lost' || endsAt >= diesAt)
        counted.push(countedAt({ ...head, outcome: 'lost' }, from, from + LEASE_MS));
      else
        schedule(endsAt, async () => {
          if (outcome !== 'notNeeded') counted.push(countedAt(head, from, now));
          await call('settle', slot, cooldownAfter(outcome, COOLDOWN_MS));
        });
      schedule(now, ask);
    };
    for (const one of logins) {
      schedule(COOLDOWN_MS + one.arrivesAt, async () => {
        waiting.push(one);
        if (!isAsking) await ask();
      });
    }
  });
  for (const at of flushes)
    schedule(COOLDOWN_MS + at, async () => {
      await redis.flushall();
    });

  while (agenda.length > 0) {
    const next = agenda.reduce((one, other) => (other.at < one.at ? other : one));
    agenda.splice(agenda.indexOf(next), 1);
    now = Math.max(now, next.at);
    await next.run();
  }
  return { counted, granted, calls };
}

const everyEnd = [
  'accepted',
  'accepted',
  'accepted',
  'denied',
  'timeout',
  'notNeeded',
  'lost',
] as const;

describe('what the server counts in any 1000 ms is never more than the limit', () => {
  it('whatever the logins, the outcomes, the processes that die, and the steps back of Redis’s clock', async () => {
    await fc.assert(
      fc.asyncProperty(fleets({ outcomes: everyEnd, maxMs: 3_000, flushes: 0 }), async (fleet) => {
        const { counted, granted } = await run(fleet);
        expect(peakPerSecond(counted)).toBeLessThanOrEqual(fleet.limit);
        const alive = fleet.processes.filter(({ diesAt }) => diesAt === Infinity);
        expect(granted.length).toBeGreaterThanOrEqual(alive.flatMap(({ logins }) => logins).length);
      }),
      { numRuns: 60 },
    );
  });

  it('and whenever Redis loses its keys, while logins take less than a second', async () => {
    const ends = ['accepted', 'accepted', 'denied', 'notNeeded'] as const;
    await fc.assert(
      fc.asyncProperty(fleets({ outcomes: ends, maxMs: 990, flushes: 3 }), async (given) => {
        const processes = given.processes.map((process) => ({ ...process, diesAt: Infinity }));
        const { counted } = await run({ ...given, processes });
        expect(peakPerSecond(counted)).toBeLessThanOrEqual(given.limit);
      }),
      { numRuns: 60 },
    );
  });
});

it('asks Redis at most a few times for each login of 40 processes that storm together', async () => {
  const one = { arrivesAt: 0, durationMs: 20, outcome: 'accepted' as const, countedAt: 0.5 };
  const processes = Array.from({ length: 40 }, () => ({
    logins: [one, one, one, one, one],
    diesAt: Infinity,
  }));
  const { granted, calls } = await run({ limit: 19, processes, steps: [], flushes: [] });
  expect(granted).toHaveLength(200);
  expect(calls / granted.length).toBeLessThan(4);
  expect(Math.max(...granted) - COOLDOWN_MS).toBeLessThan((200 / 19 / 0.9) * 1_030);
});

describe('a turn', () => {
  const START = 1_790_000_000_000;
  /** Whether the process is granted its next slot of one, and for how long it is to wait. */
  const ask = async (process: string, at: number) => {
    const hold = [LEASE_MS + LATE_COOLDOWN_MS, 1, COOLDOWN_MS];
    const [, isGranted, waitMs] = await callAt(START + at, ['take', process, process, ...hold]);
    return { isGranted: isGranted === 1, waitMs };
  };
  const settle = (process: string, at: number) => callAt(START + at, ['settle', process, 0]);

  beforeEach(async () => {
    await redis.flushall();
    await callAt(START - COOLDOWN_MS, ['settle']);
    expect(await ask('holder', 0)).toEqual({ isGranted: true, waitMs: 0 });
    for (const [at, process] of ['first', 'second'].entries()) {
      expect(await ask(process, at)).toMatchObject({ isGranted: false });
    }
    await settle('holder', 100);
  });

  it('belongs to the process that came first, whoever asks first when a slot is free', async () => {
    expect(await ask('newcomer', 101)).toMatchObject({ isGranted: false });
    expect(await ask('second', 102)).toMatchObject({ isGranted: false });
    expect(await ask('first', 103)).toMatchObject({ isGranted: true });
    await settle('first', 104);
    expect(await ask('newcomer', 105)).toMatchObject({ isGranted: false });
    expect(await ask('second', 106)).toMatchObject({ isGranted: true });
  });

  it('is lost a second after its process should have asked again, and not earlier', async () => {
    // Told to wait for as long as a slot rests, at 0.
    expect(await ask('second', COOLDOWN_MS + 999)).toMatchObject({ isGranted: false });
    expect(await ask('second', COOLDOWN_MS + 1_000)).toMatchObject({ isGranted: true });
  });
});

it('goes on where it was when the clock of Redis is set back by an hour', async () => {
  const start = 1_790_000_000_000;
  const back = start - 3_600_000;
  const hold = [LEASE_MS + LATE_COOLDOWN_MS, 1, COOLDOWN_MS];
  await redis.flushall();
  await callAt(start - COOLDOWN_MS, ['settle']);
  expect(await callAt(start, ['take', 'first', 'process', ...hold])).toMatchObject({ 1: 1 });
  await callAt(start + 100, ['settle', 'first', COOLDOWN_MS]);

  expect(await callAt(back, ['take', 'second', 'process', ...hold])).toMatchObject({
    1: 0,
    2: COOLDOWN_MS,
  });
  expect(await callAt(back + COOLDOWN_MS, ['take', 'second', 'process', ...hold])).toMatchObject({
    1: 1,
  });
});

it('grants nothing for a second when Redis has restarted, or another one took over, with the keys of before', async () => {
  const start = 1_790_000_000_000;
  const take = async (at: number) => {
    const hold = [LEASE_MS + LATE_COOLDOWN_MS, 1, COOLDOWN_MS];
    const [, isGranted, waitMs] = await callAt(start + at, ['take', 'slot', 'process', ...hold]);
    return { isGranted: isGranted === 1, waitMs };
  };
  await redis.flushall();
  await callAt(start - COOLDOWN_MS, ['settle']);
  // Its name begins with the number of the run.
  const [epoch = ''] = await redis.zrange('slots', '-1', '-1');
  expect(epoch).toMatch(/^epoch:\w+:/);
  await redis.zrem('slots', epoch);
  await redis.zadd('slots', '+inf', epoch.replace(/:\w+:/, ':before:'));

  expect(await take(0)).toEqual({ isGranted: false, waitMs: COOLDOWN_MS });
  expect(await take(COOLDOWN_MS - 1)).toEqual({ isGranted: false, waitMs: 1 });
  expect(await take(COOLDOWN_MS)).toEqual({ isGranted: true, waitMs: 0 });
});
