import { monotonicNow } from '../async/clocks';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { wrapMethod } from './wrap-method';
import { Waiters } from '../async/waiters';

/** The part of sequelize-pool's `Pool` (7 and 8) that this package uses. */
export interface Pool {
  readonly size: number;
  readonly using: number;
  readonly available: number;
  readonly waiting: number;
  readonly minSize: number;
  readonly maxSize: number;
  readonly acquireTimeoutMillis: number;
  readonly idleTimeoutMillis: number;
  readonly maxUsesPerResource: number;
  acquire: () => Promise<unknown>;
}

/** A connection that the pool is creating and that is waiting in the hook. */
export interface WaitingCreate {
  /** The longest that a query may wait for it, in milliseconds. */
  readonly maxWaitMs: () => number;
  readonly giveUp: () => void;
}

/**
 * Watches one pool: which of the connections being created are still needed, and how long the oldest query has waited.
 * The pool exposes neither, so its `acquire` is wrapped; `remove` unwraps it.
 */
export class PoolWatch {
  readonly #pool: Pool;
  readonly #now: () => number;
  readonly #watchedSince: number;
  readonly #queries = new Set<{ readonly since: number }>();
  readonly #creates = new Set<WaitingCreate>();
  readonly #waiters = new Waiters();
  readonly remove: () => void;
  #timer: NodeJS.Timeout | undefined;

  constructor(pool: Pool, now: () => number = monotonicNow) {
    this.#pool = pool;
    this.#now = now;
    this.#watchedSince = now();
    const restore = this.#observeAcquire();
    this.remove = () => {
      this.#stopTimer();
      restore();
    };
  }

  /** The pool rejects a query that waits longer. */
  get acquireTimeoutMs(): number {
    return this.#pool.acquireTimeoutMillis;
  }

  /** Counts `create` as waiting, and calls its `giveUp` when the oldest query's wait ends, until the returned function is called. */
  add(create: WaitingCreate): () => void {
    this.#creates.add(create);
    this.#waiters.notifyAll();
    this.recheck();
    return () => {
      this.#creates.delete(create);
      this.#waiters.notifyAll();
      if (this.#creates.size === 0) this.#stopTimer();
    };
  }

  /**
   * Whether one more connection is needed: more queries wait than connections are already being opened for them, or the pool would
   * stay below its `min`.
   */
  isNeeded(): boolean {
    const { size, using, available, waiting, minSize } = this.#pool;
    const opening = size - using - available - this.#creates.size;
    return waiting > opening || size - this.#creates.size < minSize;
  }

  /**
   * For a create that is not needed: resolves to `true` when it is needed again, and to `false` as soon as no query waits. Only then,
   * in the same turn, may the create fail: at any other time, the pool would pass its error to the oldest query.
   */
  async isNeededAgain(signal: AbortSignal): Promise<boolean> {
    for (;;) {
      if (this.isNeeded()) return true;
      if (this.#pool.waiting === 0) return false;
      await this.#waiters.sleep(signal);
      await nextTurn();
    }
  }

  /** Call this when a `maxWaitMs` may have changed. */
  recheck(): void {
    this.#stopTimer();
    const oldest = this.#creates.size === 0 ? undefined : this.#waitingSince().at(0);
    if (oldest === undefined) return;
    const waits = [...this.#creates].map((create) => create.maxWaitMs());
    const ms = oldest + Math.min(...waits) - this.#now();
    this.#timer = setTimeout(() => this.#endWait(), Math.max(1, Math.ceil(ms)));
  }

  /** Lets the youngest creates give up. Any create that gives up rejects the pool's oldest query, so the older ones keep their turn. */
  #endWait(): void {
    const now = this.#now();
    const youngestFirst = [...this.#creates].reverse();
    const waits = this.#waitingSince().map((since) => now - since);
    for (const waited of waits) {
      const index = youngestFirst.findIndex((create) => create.maxWaitMs() <= waited);
      if (index === -1) break;
      for (const create of youngestFirst.splice(index, 1)) create.giveUp();
    }
    this.recheck();
  }

  /** When the waiting queries started to wait, oldest first. Queries from before the pool was watched count from the start of the watch. */
  #waitingSince(): number[] {
    const { waiting } = this.#pool;
    if (waiting === 0) return [];
    const known = [...this.#queries].slice(-waiting).map(({ since }) => since);
    const unknown = Array.from({ length: waiting - known.length }, () => this.#watchedSince);
    return [...unknown, ...known];
  }

  #stopTimer(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #observeAcquire(): () => void {
    const pool = this.#pool;
    return wrapMethod(pool, 'acquire', (acquire) => async () => {
      const query = { since: this.#now() };
      this.#queries.add(query);
      try {
        const acquired = acquire.call(pool);
        this.#waiters.notifyAll();
        if (this.#timer === undefined) this.recheck();
        return await acquired;
      } finally {
        this.#queries.delete(query);
        this.#waiters.notifyAll();
      }
    });
  }
}
