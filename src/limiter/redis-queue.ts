import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Diagnostics } from '../logger';
import { messageOf } from '../errors';
import { untilAborted } from '../until-aborted';
import type { ConnectionLimiter, LoginSlot, LoginSlotRequest } from './contract';
import { RedisSlots, type Share } from './redis-slots';
import { MAX_WAITING, COOLDOWN_MS } from './slot-count';
import { tooManyWaiting, notNeeded } from './slot-queue';

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

interface Waiting {
  readonly request: LoginSlotRequest;
  readonly grant: (slot: LoginSlot) => void;
  readonly reject: (reason: Error) => void;
}

/** First come, first served among one process's requests for a key; for one of them at a time it takes its turn among the processes. */
export class RedisQueue {
  readonly #deps: RedisQueueDeps;
  readonly #slots: RedisSlots;
  #waiting: Waiting[] = [];
  #isServing = false;
  /** Ends the current wait for Redis or a clock. */
  #round = new AbortController();
  /** From when slots may be taken from Redis, or, while it does not answer, of the own share. */
  #opensAt = -Infinity;
  #probeAt = -Infinity;
  /** Why Redis was lost, until somebody who waits for a slot makes it worth a warning. */
  #unsaid: { readonly error: unknown } | undefined;

  constructor(deps: RedisQueueDeps) {
    this.#deps = deps;
    this.#slots = new RedisSlots({ ...deps, onLost: (error) => this.#lost(error) });
  }

  acquire(request: LoginSlotRequest): Promise<LoginSlot> {
    if (this.#waiting.length >= MAX_WAITING) return Promise.reject(tooManyWaiting(request.key));
    return untilAborted(request.signal, (grant, reject) => {
      const waiting = { request, grant, reject };
      this.#waiting.push(waiting);
      void this.#serve();
      return () => this.#leave(waiting);
    });
  }

  #leave(waiting: Waiting): void {
    this.#waiting = this.#waiting.filter((other) => other !== waiting);
    if (this.#waiting.length === 0) this.#round.abort();
  }

  async #serve(): Promise<void> {
    if (this.#isServing) return;
    this.#isServing = true;
    while (this.#waiting.length > 0) {
      if (!(await this.#isHeadNeeded())) continue;
      this.#round = new AbortController();
      const slot = await this.#nextSlot(this.#round.signal);
      if (slot === undefined) continue;
      const isWanted = await this.#isHeadNeeded();
      const [head] = this.#waiting;
      if (isWanted && head !== undefined) head.grant(slot);
      else slot.settle('notNeeded');
    }
    this.#isServing = false;
  }

  /** Whether somebody waits whose connection is wanted; asks in a macrotask of its own, and rejects those that are not. */
  async #isHeadNeeded(): Promise<boolean> {
    for (;;) {
      await nextTurn();
      const [head] = this.#waiting;
      if (head === undefined) return false;
      if (head.request.isNeeded?.() !== false) return true;
      head.reject(notNeeded());
    }
  }

  /** `undefined`: ask again. */
  async #nextSlot(round: AbortSignal): Promise<LoginSlot | undefined> {
    const { now, random } = this.#deps;
    if (this.#slots.isLost) this.#warn();
    if (this.#slots.isLost && now() >= this.#probeAt) this.#probe();
    const pauseMs = this.#opensAt - now();
    if (pauseMs > 0) {
      await this.#sleep(round, Math.min(pauseMs, this.#untilProbe()));
      return undefined;
    }
    const leaseMs = Math.max(...this.#waiting.map(({ request }) => request.leaseMs));
    if (this.#slots.isLost) return this.#ownSlot(leaseMs);
    try {
      const slot = await this.#slots.take(leaseMs);
      if (typeof slot !== 'number') return slot;
      await this.#sleep(round, slot + random() * JITTER_MS);
    } catch {
      // Redis is lost; #lost knows.
    }
    return undefined;
  }

  async #ownSlot(leaseMs: number): Promise<LoginSlot | undefined> {
    const round = this.#round;
    const timer = setTimeout(() => round.abort(), this.#untilProbe());
    try {
      const request = { key: '', leaseMs, signal: round.signal };
      return this.#slots.adopt(await this.#deps.fallback.acquire(request), leaseMs);
    } catch {
      // Nobody waits any more, Redis is back, or it is time to ask whether it is.
      return undefined;
    } finally {
      clearTimeout(timer);
    }
  }

  #untilProbe(): number {
    return this.#slots.isLost ? Math.max(1, this.#probeAt - this.#deps.now()) : Infinity;
  }

  #lost(error: unknown): void {
    // Logins that Redis has granted to others count for another second.
    this.#opensAt = this.#deps.now() + COOLDOWN_MS;
    this.#planProbe();
    this.#unsaid = { error };
    this.#round.abort();
  }

  #warn(): void {
    if (this.#unsaid === undefined) return;
    const reason = messageOf(this.#unsaid.error);
    this.#unsaid = undefined;
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
      this.#opensAt = Math.max(this.#opensAt, this.#deps.now() + NOTICE_MS + COOLDOWN_MS);
      this.#round.abort();
      this.#deps.diagnostics.debug('Redis answers again');
    });
  }

  #planProbe(): void {
    const { now, random } = this.#deps;
    this.#probeAt = now() + PROBE_MS * (0.8 + 0.2 * random());
  }

  async #sleep(round: AbortSignal, ms: number): Promise<void> {
    await untilAborted(round, (resolve: (value?: undefined) => void) => {
      const timer = setTimeout(resolve, Math.ceil(ms));
      return () => clearTimeout(timer);
    }).catch(() => undefined);
  }
}
