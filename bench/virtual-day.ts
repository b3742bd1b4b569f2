import { MemorySlots } from '../src/limiter/memory-slots';
import {
  peakPerSecond,
  simulate,
  type Policy,
  type SimulatedLogin,
} from '../test/harness/login-simulation';
import { waitsOf, WAYS, type Figures, type Way } from './run-storm';

/** The storm's name. */
export const VIRTUAL_DAY = '24 h of virtual time: 200 logins every hour, one a minute';

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
/** What the emulated endpoint lets in per second. */
const SERVER_LIMIT = 20;

/** A day by a simulated clock: a burst every hour, a login every minute, and event loops that stand still for 1.5 s. */
export function virtualDay(way: Way): Figures {
  const login = (arrivesAt: number, index: number): SimulatedLogin => ({
    arrivesAt,
    durationMs: (index * 37) % 300,
    outcome: 'accepted',
    countedAt: (index % 3) / 2,
  });
  const bursts = Array.from({ length: 24 * 200 }, (_, index) =>
    login(Math.floor(index / 200) * HOUR_MS + (index % 200) * 2, index),
  );
  const steady = Array.from({ length: 24 * 60 }, (_, index) => login(index * MINUTE_MS, index));
  const logins = [...bursts, ...steady].sort((one, other) => one.arrivesAt - other.arrivesAt);
  const stalls = Array.from({ length: 24 }, (_, hour) => ({
    at: hour * HOUR_MS + 250,
    forMs: 1_500,
  }));
  const { counted, granted } =
    way === WAYS[0]
      ? simulate(noPolicy, { limit: Infinity, logins, stalls })
      : simulate(limited(), { limit: 19, logins, stalls });

  const throttled = throttledOf(counted);
  const waits = granted.map((at, index) => at - (logins[index]?.arrivesAt ?? at));
  const accepted = counted.length - throttled;
  return {
    storm: VIRTUAL_DAY,
    way,
    credentialsMs: 0,
    attempts: counted.length,
    accepted,
    throttled,
    peak: peakPerSecond(counted),
    goodput: Math.round((accepted * 100_000) / (24 * HOUR_MS)) / 100,
    failedQueries: throttled,
    ...waitsOf(waits),
  };
}

const noPolicy: Policy<true> = {
  take: () => true,
  settle: () => undefined,
  nextFreeAt: () => 0,
};

function limited(): MemorySlots {
  const count = new MemorySlots(Infinity);
  count.lowerLimitTo(19, 1_000);
  return count;
}

/** As the emulated endpoint counts: logins that it refuses count too. */
function throttledOf(counted: readonly number[]): number {
  const sorted = [...counted].sort((one, other) => one - other);
  let first = 0;
  return sorted.filter((at, index) => {
    while (at - (sorted[first] ?? at) >= 1_000) first += 1;
    return index - first + 1 > SERVER_LIMIT;
  }).length;
}
