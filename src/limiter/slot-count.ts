import type { Outcome } from './contract';

/** The server counts logins per second; the 10 ms cover the coarseness of timers and clocks on both sides. */
const REST_MS = 1_010;
/** A token that left before the client gave up may still be read, and counted, by a slow server. */
const LATE_REST_MS = 10_000;

/** A slot in use, with the instant from which it may be used again. */
export interface CountedSlot {
  freeAt: number;
}

/**
 * Counts the slots in use: those held, and those settled less than a second ago.
 * Because a slot is held for its whole login, at most `limit` logins reach the server in any second, however slow each one is.
 */
export class SlotCount {
  readonly #slots = new Set<CountedSlot>();
  #limit: number;
  #restMs = REST_MS;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** The lowest limit that anybody asked for holds; `intervalMs` stretches the second for shares below one per second. */
  lower(limit: number, intervalMs: number): void {
    this.#limit = Math.min(this.#limit, limit);
    this.#restMs = Math.max(this.#restMs, intervalMs + REST_MS - 1_000);
  }

  /** Takes a slot at `now`, to be settled within `leaseMs`; `undefined` when all are in use. */
  take(now: number, leaseMs: number): CountedSlot | undefined {
    for (const slot of this.#slots) if (slot.freeAt <= now) this.#slots.delete(slot);
    if (this.#slots.size >= this.#limit) return undefined;
    const slot = { freeAt: now + leaseMs + LATE_REST_MS };
    this.#slots.add(slot);
    return slot;
  }

  settle(slot: CountedSlot, now: number, outcome: Outcome): void {
    if (outcome === 'unwanted') this.#slots.delete(slot);
    else slot.freeAt = now + (outcome === 'timeout' ? LATE_REST_MS : this.#restMs);
  }

  /** When the next slot becomes free if nothing is settled before; `Infinity` when none is in use. */
  nextFreeAt(): number {
    let next = Infinity;
    for (const slot of this.#slots) next = Math.min(next, slot.freeAt);
    return next;
  }
}
