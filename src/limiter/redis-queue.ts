import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Diagnostics } from '../logger';
import { messageOf } from '../errors';
import { Waiters } from '../async/waiters';
import type { ConnectionLimiter, LoginSlot, LoginSlotRequest } from './contract';
import { RedisSlots, type Share } from './redis-slots';
import { COOLDOWN_MS } from './memory-slots';
import { notNeeded, WaitingLine } from './waiting-line';

/** How often Redis is asked whether it is back. */
const PROBE_MS = 1_500;
/** Within this time all processes notice that Redis is back: clients connect again after 2 s at most unless told otherwise. */
const NOTICE_MS = 2_500;
/** Processes that came at the same time do not come back at the same time. */
const JITTER_MS = 20;

export interface RedisQueueDeps {
  /** Runs the script in Redis. */
  readonly call: (args: string[]) => Promise<unknown>;
  readonly share: Share;
  /** This process's own share, for while Redis does not answer. */
  readonly fallback: ConnectionLimiter;
  readonly diagnostics: Diagnostics;
  readonly now: () => number;
  readonly random: () => number;
}

/** First come, first served among one process's requests for a key; for one of them at a time it takes its turn among the processes. */
export class RedisQueue {
  readonly #deps: RedisQueueDeps;
  readonly #slots: RedisSlots;
  readonly #line = new WaitingLine();
  #isServing = false;
  /** Ends the current wait for Redis or a clock. */
  #currentWait = new AbortController();
  /** From when slots may be taken from Redis, or, while it does not answer, of the own share. */
  #closedUntil = -Infinity;
  #probeAt = -Infinity;
  /** Why Redis was lost, until somebody who waits for a slot makes it worth a warning. */
  #pendingWarning: { readonly error: unknown } | undefined;

  constructor(deps: RedisQueueDeps) {
    this.#deps = deps;
    this.#slots = new RedisSlots({ ...deps, onLost: (error) => this.#lost(error) });
  }

  acquire(request: LoginSlotRequest): Promise<LoginSlot> {
    return this.#line.join(
      request,
      () => void this.#serve(),
      () => this.#currentWait.abort(),
    );
  }

  async #serve(): Promise<void> {
    if (this.#isServing) return;
    this.#isServing = true;
    while (this.#line.first() !== undefined) {
      if (!(await this.#isFirstNeeded())) continue;
      this.#currentWait = new AbortController();
      const slot = await this.#nextSlot(this.#currentWait.signal);
      if (slot === undefined) continue;
      const isNeeded = await this.#isFirstNeeded();
      const head = this.#line.first();
      if (isNeeded && head !== undefined) head.grant(slot);
      else slot.settle('notNeeded');
    }
    this.#isServing = false;
  }

  /** Whether somebody waits whose connection is needed; asks in a macrotask of its own, and rejects requests that are not. */
  async #isFirstNeeded(): Promise<boolean> {
    for (;;) {
      await nextTurn();
      const head = this.#line.first();
      if (head === undefined) return false;
      if (head.request.isNeeded?.() !== false) return true;
      head.reject(notNeeded());
    }
  }

  /** `undefined`: ask again. */
  async #nextSlot(wait: AbortSignal): Promise<LoginSlot | undefined> {
    const { now, random } = this.#deps;
    if (this.#slots.isLost) this.#warn();
    if (this.#slots.isLost && now() >= this.#probeAt) this.#probe();
    const pauseMs = this.#closedUntil - now();
    if (pauseMs > 0) {
      await this.#sleep(wait, Math.min(pauseMs, this.#msToProbe()));
      return undefined;
    }
    const leaseMs = this.#line.longestLeaseMs();
    if (this.#slots.isLost) return this.#ownSlot(leaseMs);
    try {
      const slot = await this.#slots.take(leaseMs);
      if (typeof slot !== 'number') return slot;
      await this.#sleep(wait, slot + random() * JITTER_MS);
    } catch {
      // Redis is lost; #lost knows.
    }
    return undefined;
  }

  async #ownSlot(leaseMs: number): Promise<LoginSlot | undefined> {
    const wait = this.#currentWait;
    const timer = setTimeout(() => wait.abort(), this.#msToProbe());
    try {
      const request = { key: '', leaseMs, signal: wait.signal };
      return this.#slots.track(await this.#deps.fallback.acquire(request), leaseMs);
    } catch {
      // Nobody waits any more, Redis is back, or it is time to ask whether it is.
      return undefined;
    } finally {
      clearTimeout(timer);
    }
  }

  #msToProbe(): number {
    return this.#slots.isLost ? Math.max(1, this.#probeAt - this.#deps.now()) : Infinity;
  }

  #lost(error: unknown): void {
    // Logins that Redis has granted to others count for another second.
    this.#closedUntil = this.#deps.now() + COOLDOWN_MS;
    this.#planProbe();
    this.#pendingWarning = { error };
    this.#currentWait.abort();
  }

  #warn(): void {
    if (this.#pendingWarning === undefined) return;
    const reason = messageOf(this.#pendingWarning.error);
    this.#pendingWarning = undefined;
    this.#deps.diagnostics.warn(
      `sequelize-rds-iam: Redis does not answer (${reason}): until it does, this process takes its own share of the new connections per second`,
    );
  }

  /** Not waited for: the client may hold it back until it has connected again. */
  #probe(): void {
    this.#planProbe();
    void this.#slots.probe().then((isBack) => {
      if (!isBack) return;
      // Others may take their own shares until they notice too, and those logins count for another second.
      this.#closedUntil = Math.max(this.#closedUntil, this.#deps.now() + NOTICE_MS + COOLDOWN_MS);
      this.#currentWait.abort();
      this.#deps.diagnostics.debug('Redis answers again');
    });
  }

  #planProbe(): void {
    const { now, random } = this.#deps;
    this.#probeAt = now() + PROBE_MS * (0.8 + 0.2 * random());
  }

  /** Ends early when `wait` does. */
  async #sleep(wait: AbortSignal, ms: number): Promise<void> {
    await new Waiters().sleep(wait, ms).catch(() => undefined);
  }
}
