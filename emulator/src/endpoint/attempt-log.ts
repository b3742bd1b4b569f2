/** How a login attempt ended; `open` while it has not. */
export type AttemptOutcome = 'accepted' | 'denied' | 'throttled' | 'refused' | 'failed' | 'open';

/** The database engines that the emulator speaks for; `mysql` is MariaDB too. */
export type EngineName = 'mysql' | 'postgres';

/**
 * What the emulator noted about one accepted connection; never the token.
 * Instants are milliseconds of the machine's monotonic clock, so that those of different processes compare.
 */
export interface Attempt {
  readonly engine: EngineName;
  readonly acceptedAt: number;
  readonly tokenAt?: number;
  readonly endedAt?: number;
  readonly username?: string;
  readonly outcome: AttemptOutcome;
  readonly reason?: string;
  /** The reason for a log: for a token, the line that RDS writes into `iam-db-auth-error`, and the cause. */
  readonly detail?: string;
  readonly tlsEstablished: boolean;
  readonly servername?: string;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** An attempt as the emulator fills it in. */
export type AttemptRecord = Mutable<Attempt>;

const SECOND_MS = 1000;
const MAX_ATTEMPTS = 100_000;

/** The machine's monotonic clock in milliseconds. */
export const monotonicNow = () => Number(process.hrtime.bigint()) / 1e6;

/** The last 100,000 attempts, in the order in which they were accepted. */
export class AttemptLog {
  #records: AttemptRecord[] = [];
  #tokenTimes: number[] = [];
  readonly #discarded = new WeakSet<AttemptRecord>();
  readonly #engine: EngineName;
  readonly #onDecided: (attempt: Attempt) => void;
  readonly #now: () => number;

  constructor(
    engine: EngineName,
    onDecided: (attempt: Attempt) => void = () => undefined,
    now: () => number = monotonicNow,
  ) {
    this.#engine = engine;
    this.#onDecided = onDecided;
    this.#now = now;
  }

  open(): AttemptRecord {
    const record: AttemptRecord = {
      engine: this.#engine,
      acceptedAt: this.#now(),
      outcome: 'open',
      tlsEstablished: false,
    };
    this.#records.push(record);
    // A quarter at a time: to move all for each would cost a flood more than its connections do.
    if (this.#records.length > MAX_ATTEMPTS * 1.25)
      this.#records.splice(0, this.#records.length - MAX_ATTEMPTS);
    return record;
  }

  /** Notes that the token is here; returns how many tokens came within the second that ends now, this one included. */
  countToken(record: AttemptRecord): number {
    const now = this.#now();
    record.tokenAt = now;
    const first = this.#tokenTimes.findIndex((time) => now - time < SECOND_MS);
    this.#tokenTimes.splice(0, first < 0 ? this.#tokenTimes.length : first);
    return this.#tokenTimes.push(now);
  }

  /** Decides an attempt, once: what happens to its connection afterwards changes nothing. */
  settle(record: AttemptRecord, outcome: AttemptOutcome, reason?: string, detail?: string): void {
    if (record.outcome !== 'open' || this.#discarded.has(record)) return;
    record.outcome = outcome;
    if (reason !== undefined) record.reason = reason;
    if (detail !== undefined) record.detail = detail;
    const decided = { ...record };
    // A callback that throws is its owner's to hear of, and no reason to hang up on a client.
    queueMicrotask(() => this.#onDecided(decided));
  }

  end(record: AttemptRecord): void {
    record.endedAt = this.#now();
  }

  /** Takes a record out again: what it stood for was no login. */
  discard(record: AttemptRecord): void {
    this.#discarded.add(record);
    const index = this.#records.lastIndexOf(record);
    if (index >= 0) this.#records.splice(index, 1);
  }

  list(): Attempt[] {
    return this.#records.slice(-MAX_ATTEMPTS).map((record) => ({ ...record }));
  }

  /** Forgets the attempts, not the rate: a throttle does not forgive because someone reads the log. */
  clear(): void {
    this.#records = [];
  }
}

/** The largest number of tokens received in any sliding second (t, t + 1000 ms]. */
export function peakPerSecond(attempts: readonly Pick<Attempt, 'tokenAt'>[]): number {
  const times = attempts
    .flatMap(({ tokenAt }) => (tokenAt === undefined ? [] : [tokenAt]))
    .sort((a, b) => a - b);
  let peak = 0;
  let first = 0;
  for (const [last, time] of times.entries()) {
    while (time - (times[first] ?? time) >= SECOND_MS) first += 1;
    peak = Math.max(peak, last - first + 1);
  }
  return peak;
}

/** How many attempts have each value of a property, e.g. `countBy(attempts, 'outcome').accepted`. */
export function countBy(
  attempts: readonly Attempt[],
  property: 'outcome' | 'reason' | 'username',
): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const attempt of attempts) {
    const value = attempt[property];
    if (value !== undefined) counts[value] = (counts[value] ?? 0) + 1;
  }
  return counts;
}
