import type { LoginOutcome } from './contract';

/** The server counts logins per second. The 10 ms cover the resolution of timers and clocks on both sides. */
export const COOLDOWN_MS = 1_010;
/** A slow server may still read and count a token that was sent before the client gave up. */
export const LATE_COOLDOWN_MS = 10_000;
/** About 12 days. Node.js fires a timer of 2^31 ms or more at once. */
const MAX_INTERVAL_MS = 2 ** 30;

/** A slot in use, with the time at which it becomes free. */
export interface CountedSlot {
  freeAt: number;
}

/** One process's part of a limit: at most `limit` logins in any `intervalMs`. */
export interface Share {
  readonly limit: number;
  readonly intervalMs: number;
}

/** The part of one of `processes` in `limit` logins per second. Below one per second, it is one login in a longer interval. */
export function shareOf(limit: number, processes: number): Share {
  const share = limit / processes;
  const intervalMs = Math.min(Math.max(1_000, 1_000 / share), MAX_INTERVAL_MS);
  return { limit: Math.max(1, Math.floor(share)), intervalMs };
}

/** Milliseconds for which a slot stays in use after its login, if the usual cooldown is `cooldownMs`. */
export function cooldownAfter(outcome: LoginOutcome, cooldownMs: number): number {
  if (outcome === 'notNeeded') return 0;
  return outcome === 'timeout' ? Math.max(LATE_COOLDOWN_MS, cooldownMs) : cooldownMs;
}

/**
 * Counts the slots in use: those held, and those in their cooldown.
 * A slot is held for its whole login. So at most `limit` logins reach the server in any second, however slow each one is.
 */
export class MemorySlots {
  readonly #slots = new Set<CountedSlot>();
  #limit: number;
  #cooldownMs = COOLDOWN_MS;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Applies a share if it is lower than the current limit. */
  lowerLimitTo(limit: number, intervalMs: number): void {
    this.#limit = Math.min(this.#limit, limit);
    this.#cooldownMs = Math.max(this.#cooldownMs, intervalMs + COOLDOWN_MS - 1_000);
  }

  /** Takes a slot at `now`, to be settled within `leaseMs`. Returns `undefined` if all are in use. */
  take(now: number, leaseMs: number): CountedSlot | undefined {
    for (const slot of this.#slots) if (slot.freeAt <= now) this.#slots.delete(slot);
    if (this.#slots.size >= this.#limit) return undefined;
    const slot = { freeAt: now + leaseMs + LATE_COOLDOWN_MS };
    this.#slots.add(slot);
    return slot;
  }

  settle(slot: CountedSlot, now: number, outcome: LoginOutcome): void {
    slot.freeAt = now + cooldownAfter(outcome, this.#cooldownMs);
  }

  /** How many slots could be taken at `now`. */
  free(now: number): number {
    let used = 0;
    for (const slot of this.#slots) if (slot.freeAt > now) used += 1;
    return Math.max(0, this.#limit - used);
  }

  /** When the next slot becomes free if none is settled before; `Infinity` if none is in use. */
  nextFreeAt(): number {
    let next = Infinity;
    for (const slot of this.#slots) next = Math.min(next, slot.freeAt);
    return next;
  }
}
