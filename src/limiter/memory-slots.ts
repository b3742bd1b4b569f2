import type { LoginOutcome } from './contract';

/** The server counts logins per second; the 10 ms cover the coarseness of timers and clocks on both sides. */
export const COOLDOWN_MS = 1_010;
/** A token that left before the client gave up may still be read, and counted, by a slow server. */
export const LATE_COOLDOWN_MS = 10_000;

/** A slot in use, with the instant from which it may be used again. */
export interface CountedSlot {
  freeAt: number;
}

/** What one of `processes` may take of `limit` logins per second; below one per second it is one login in a longer interval. */
export function shareOf(limit: number, processes: number): { limit: number; intervalMs: number } {
  const share = limit / processes;
  return { limit: Math.max(1, Math.floor(share)), intervalMs: Math.max(1_000, 1_000 / share) };
}

/** For how long a slot stays in use after its login ended so, if slots rest for `cooldownMs`. */
export function cooldownAfter(outcome: LoginOutcome, cooldownMs: number): number {
  if (outcome === 'notNeeded') return 0;
  return outcome === 'timeout' ? Math.max(LATE_COOLDOWN_MS, cooldownMs) : cooldownMs;
}

/**
 * Counts the slots in use: those held, and those settled less than a second ago.
 * Because a slot is held for its whole login, at most `limit` logins reach the server in any second, however slow each one is.
 */
export class MemorySlots {
  readonly #slots = new Set<CountedSlot>();
  #limit: number;
  #cooldownMs = COOLDOWN_MS;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** The lowest limit that anybody asked for holds; `intervalMs` stretches the second for shares below one per second. */
  lowerLimitTo(limit: number, intervalMs: number): void {
    this.#limit = Math.min(this.#limit, limit);
    this.#cooldownMs = Math.max(this.#cooldownMs, intervalMs + COOLDOWN_MS - 1_000);
  }

  /** Takes a slot at `now`, to be settled within `leaseMs`; `undefined` when all are in use. */
  take(now: number, leaseMs: number): CountedSlot | undefined {
    for (const slot of this.#slots) if (slot.freeAt <= now) this.#slots.delete(slot);
    if (this.#slots.size >= this.#limit) return undefined;
    const slot = { freeAt: now + leaseMs + LATE_COOLDOWN_MS };
    this.#slots.add(slot);
    return slot;
  }

  settle(slot: CountedSlot, now: number, outcome: LoginOutcome): void {
    if (outcome === 'notNeeded') this.#slots.delete(slot);
    else slot.freeAt = now + cooldownAfter(outcome, this.#cooldownMs);
  }

  /** When the next slot becomes free if nothing is settled before; `Infinity` when none is in use. */
  nextFreeAt(): number {
    let next = Infinity;
    for (const slot of this.#slots) next = Math.min(next, slot.freeAt);
    return next;
  }
}
