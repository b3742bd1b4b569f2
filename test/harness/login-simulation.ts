import fc from 'fast-check';
import type { LoginOutcome } from '../../src/limiter/contract';

/** For how long after the client gave up the server may still count a login. */
const LATE_MS = 8_900;

/** One login as the world would have it; `lost` is never settled. */
export interface SimulatedLogin {
  readonly arrivesAt: number;
  readonly durationMs: number;
  readonly outcome: LoginOutcome | 'lost';
  /** Where between grant and settlement the server counts it: 0 to 1. */
  readonly countedAt: number;
}

/** A time during which the event loop does nothing. */
interface Stall {
  readonly at: number;
  readonly forMs: number;
}

export interface Scenario {
  readonly limit: number;
  readonly logins: readonly SimulatedLogin[];
  readonly stalls: readonly Stall[];
}

/** Decides when logins may begin. */
export interface Policy<Slot> {
  take(now: number, leaseMs: number): Slot | undefined;
  settle(slot: Slot, now: number, outcome: LoginOutcome): void;
  nextFreeAt(): number;
}

export const LEASE_MS = 15_000;

const login = (outcomes: readonly SimulatedLogin['outcome'][]) =>
  fc.record({
    arrivesAt: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 8_000 })),
    durationMs: fc.oneof(fc.integer({ min: 0, max: 300 }), fc.integer({ min: 0, max: 3_000 })),
    outcome: fc.constantFrom(...outcomes),
    countedAt: fc.oneof(fc.constantFrom(0, 1), fc.double({ min: 0, max: 1, noNaN: true })),
  });

const stall = fc.record({
  at: fc.integer({ min: 0, max: 8_000 }),
  forMs: fc.integer({ min: 0, max: 4_000 }),
});

export const scenarios = (
  maxLogins: number,
  outcomes: readonly SimulatedLogin['outcome'][] = [
    'accepted',
    'accepted',
    'accepted',
    'denied',
    'failed',
    'timeout',
    'notNeeded',
    'lost',
  ],
): fc.Arbitrary<Scenario> =>
  fc.record({
    limit: fc.integer({ min: 1, max: 20 }),
    logins: fc.array(login(outcomes), { minLength: 1, maxLength: maxLogins, size: 'max' }),
    stalls: fc.array(stall, { maxLength: 3 }),
  });

/** When the server counts a login that was granted and settled then. */
export function countedAt({ outcome, countedAt: where }: SimulatedLogin, from: number, to: number) {
  return from + where * (to - from + (outcome === 'timeout' || outcome === 'lost' ? LATE_MS : 0));
}

/** The most instants within any 1000 ms. */
export function peakPerSecond(instants: readonly number[]): number {
  const sorted = [...instants].sort((one, other) => one - other);
  let first = 0;
  let peak = 0;
  sorted.forEach((instant, index) => {
    while (instant - (sorted[first] ?? instant) >= 1_000) first += 1;
    peak = Math.max(peak, index - first + 1);
  });
  return peak;
}

/** What the server counts, and when logins were granted, if `policy` decides. */
export function simulate<Slot>(policy: Policy<Slot>, { logins, stalls }: Scenario) {
  const agenda: { at: number; run: () => void }[] = [];
  const waiting: SimulatedLogin[] = [];
  const granted: number[] = [];
  const counted: number[] = [];
  let now = 0;
  let wake: object | undefined;

  const schedule = (at: number, run: () => void) => void agenda.push({ at, run });
  const begin = (slot: Slot, current: SimulatedLogin) => {
    const from = now;
    granted.push(from);
    if (current.outcome === 'lost') {
      counted.push(countedAt(current, from, from + LEASE_MS));
      return;
    }
    const { outcome } = current;
    schedule(from + (outcome === 'notNeeded' ? 0 : current.durationMs), () => {
      if (outcome !== 'notNeeded') counted.push(countedAt(current, from, now));
      policy.settle(slot, now, outcome);
      pump();
    });
  };
  const wakeAt = (at: number) => {
    const current = {};
    wake = current;
    schedule(at, () => {
      if (wake === current) pump();
    });
  };
  const pump = () => {
    wake = undefined;
    for (;;) {
      const [head] = waiting;
      if (head === undefined) return;
      const slot = policy.take(now, LEASE_MS);
      if (slot === undefined) {
        wakeAt(Math.max(now + 1, policy.nextFreeAt()));
        return;
      }
      waiting.shift();
      begin(slot, head);
    }
  };
  for (const current of logins) {
    schedule(current.arrivesAt, () => {
      waiting.push(current);
      pump();
    });
  }
  for (const { at, forMs } of stalls) schedule(at, () => (now += forMs));

  while (agenda.length > 0) {
    const next = agenda.reduce((one, other) => (other.at < one.at ? other : one));
    agenda.splice(agenda.indexOf(next), 1);
    now = Math.max(now, next.at);
    next.run();
  }
  return { counted, granted };
}
