import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Diagnostics } from '../logger';
import { messageOf } from '../errors';
import { Waiters } from '../async/waiters';
import { redisChannel, type RedisMessage } from '../observe/channels';
import { errorCodeOf } from '../observe/error-code';
import type { ConnectionLimiter, LoginSlot, LoginSlotRequest } from './contract';
import { RedisSlots, type RedisSlotsDeps } from './redis-slots';
import { COOLDOWN_MS } from './memory-slots';
import { notNeeded, WaitingLine } from './waiting-line';

/** Time between two probes of a Redis that does not answer. */
const PROBE_MS = 1_500;
/** Within this time, every process notices that Redis is back: by default, clients reconnect after 2 s at most. */
const NOTICE_MS = 2_500;
/** Up to this much is added to a wait, so that processes that asked at the same time do not ask again at the same time. */
const JITTER_MS = 20;

export interface RedisQueueDeps extends Omit<RedisSlotsDeps, 'onLost'> {
  /** What the limit applies to, for subscribers. */
  readonly key: string;
  /** Grants this process's own share while Redis does not answer. */
  readonly fallback: ConnectionLimiter;
  readonly diagnostics: Diagnostics;
  readonly random: () => number;
}

/** One process's requests for a key, first come, first served. Redis is asked for one slot at a time. */
export class RedisQueue {
  readonly #deps: RedisQueueDeps;
  readonly #slots: RedisSlots;
  readonly #line = new WaitingLine();
  #isServing = false;
  /** Ends the current wait. */
  #currentWait = new AbortController();
  /** No slot may be taken before this time, neither from Redis nor from the own share. */
  #closedUntil = -Infinity;
  #probeAt = -Infinity;
  #lostAt = -Infinity;
  /** Why Redis was lost. It is logged only once a request waits for a slot. */
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

  /** Rejects the first requests whose connections are not needed, each in a macrotask of its own. Returns whether one is left. */
  async #isFirstNeeded(): Promise<boolean> {
    for (;;) {
      await nextTurn();
      const head = this.#line.first();
      if (head === undefined) return false;
      if (head.request.isNeeded?.() !== false) return true;
      head.reject(notNeeded());
    }
  }

  /** `undefined` means: call again. */
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
      // Redis is lost: #lost has been called.
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
      // No request waits, Redis is back, or it is time for the next probe.
      return undefined;
    } finally {
      clearTimeout(timer);
    }
  }

  #msToProbe(): number {
    return this.#slots.isLost ? Math.max(1, this.#probeAt - this.#deps.now()) : Infinity;
  }

  #lost(error: unknown): void {
    this.#lostAt = this.#deps.now();
    // Logins that Redis granted to other processes count for another second.
    this.#closedUntil = this.#lostAt + COOLDOWN_MS;
    this.#planProbe();
    this.#pendingWarning = { error };
    this.#currentWait.abort();
    this.#publish('lost', errorCodeOf(error));
  }

  #warn(): void {
    if (this.#pendingWarning === undefined) return;
    const reason = messageOf(this.#pendingWarning.error);
    this.#pendingWarning = undefined;
    this.#deps.diagnostics.warn(
      `sequelize-rds-iam: Redis does not answer (${reason}): until it does, this process takes its own share of the logins per second`,
    );
  }

  /** Not awaited: the client may hold the call back until it has reconnected. */
  #probe(): void {
    this.#planProbe();
    void this.#slots.probe().then((isBack) => {
      if (!isBack) return;
      // Other processes may take their own shares until they notice too, and those logins count for another second.
      this.#closedUntil = Math.max(this.#closedUntil, this.#deps.now() + NOTICE_MS + COOLDOWN_MS);
      this.#currentWait.abort();
      this.#deps.diagnostics.debug('Redis answers again');
      this.#publish('found');
    });
  }

  #publish(state: RedisMessage['state'], errorCode?: string): void {
    if (!redisChannel.hasSubscribers) return;
    const { key, now } = this.#deps;
    redisChannel.publish({ state, key, lostForMs: now() - this.#lostAt, errorCode });
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
