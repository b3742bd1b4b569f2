import { randomUUID } from 'node:crypto';
import type { LoginSlot } from './contract';
import { COOLDOWN_MS, cooldownAfter, LATE_COOLDOWN_MS, type Share } from './memory-slots';

/** If Redis does not answer within this time, it counts as lost. */
const TIMEOUT_MS = 1_000;
/** A slot that took longer to arrive is given back: its login could outlast the time that Redis reserves for it. */
const FRESH_MS = 2_000;

export interface RedisSlotsDeps {
  /** Runs the script in Redis. */
  readonly call: (args: string[]) => Promise<unknown>;
  readonly share: Share;
  readonly now: () => number;
  /** Called once when Redis stops answering. */
  readonly onLost: (error: unknown) => void;
}

/** A slot that this process holds, or that is in its cooldown. */
interface InUse {
  freeAt: number;
  /** When Redis frees it by itself. */
  forgottenAt: number;
}

/** The slots of one key in Redis. Remembers which of them this process uses, to report them again if Redis loses them. */
export class RedisSlots {
  readonly #deps: RedisSlotsDeps;
  readonly #process = randomUUID();
  readonly #cooldownMs: number;
  readonly #inUse = new Map<string, InUse>();
  #taken = 0;
  #epoch: string | undefined;
  #isLost = false;

  constructor(deps: RedisSlotsDeps) {
    this.#deps = deps;
    this.#cooldownMs = deps.share.intervalMs + COOLDOWN_MS - 1_000;
  }

  /** Whether Redis has stopped answering and no `probe` has succeeded since. */
  get isLost(): boolean {
    return this.#isLost;
  }

  /** Resolves to a slot, or to the milliseconds to wait before asking again. Rejects if Redis is lost. */
  async take(leaseMs: number): Promise<LoginSlot | number> {
    const id = this.#newId();
    const holdMs = leaseMs + LATE_COOLDOWN_MS + FRESH_MS;
    const { limit } = this.#deps.share;
    const askedAt = this.#deps.now();
    const answer = this.#deps.call(
      ['take', id, this.#process, holdMs, limit, this.#cooldownMs].map(String),
    );
    const giveBack = () => this.#report([id, '0']);
    const [epoch, granted, waitMs] = await this.#answered(answer, giveBack);
    this.#noteEpoch(epoch);
    if (granted !== 1) return Number(waitMs);
    if (this.#deps.now() - askedAt <= FRESH_MS) return this.#slot(id, leaseMs);
    giveBack();
    return 0;
  }

  /** Counts a slot that Redis did not grant, and reports it to Redis once it is back. */
  track(own: LoginSlot, leaseMs: number): LoginSlot {
    const id = this.#newId();
    const slot = this.#slot(id, leaseMs, own);
    if (!this.#isLost) this.#report([id, String(leaseMs + LATE_COOLDOWN_MS)]);
    return slot;
  }

  /**
   * Reports to Redis what this process uses. Resolves to `true` if Redis was lost and has answered. The client may hold the call back
   * until it has reconnected, so it has no timeout; after a late answer, a second one must arrive in time.
   */
  async probe(): Promise<boolean> {
    const report = () => this.#deps.call(['settle', ...this.#slotsInUse()]);
    const askedAt = this.#deps.now();
    try {
      let answer = await report();
      if (this.#deps.now() - askedAt > TIMEOUT_MS) answer = await inTime(report());
      [this.#epoch] = parse(answer);
    } catch {
      // Redis is still lost, which has been reported.
      return false;
    }
    const wasLost = this.#isLost;
    this.#isLost = false;
    return wasLost;
  }

  #slot(id: string, leaseMs: number, own?: LoginSlot): LoginSlot {
    const freeAt = this.#deps.now() + leaseMs + LATE_COOLDOWN_MS;
    const inUse = { freeAt, forgottenAt: freeAt };
    this.#inUse.set(id, inUse);
    let isSettled = false;
    return {
      settle: (outcome) => {
        if (isSettled) return;
        isSettled = true;
        own?.settle(outcome);
        const cooldownMs = cooldownAfter(outcome, this.#cooldownMs);
        inUse.freeAt = this.#deps.now() + cooldownMs;
        if (!this.#isLost)
          this.#report(
            [id, String(Math.ceil(cooldownMs))],
            () => (inUse.forgottenAt = inUse.freeAt),
          );
      },
    };
  }

  /** Reports without waiting for the answer. `slots` are ids, each followed by the milliseconds for which it stays in use. */
  #report(slots: readonly string[], onReported?: () => void): void {
    this.#answered(this.#deps.call(['settle', ...slots])).then(
      ([epoch]) => {
        onReported?.();
        this.#noteEpoch(epoch);
      },
      () => undefined, // Reported by #answered.
    );
  }

  /** A new epoch means that Redis has lost its keys, or is another server: reports again what this process uses. */
  #noteEpoch(epoch: string): void {
    const isOther = this.#epoch !== undefined && this.#epoch !== epoch;
    this.#epoch = epoch;
    if (isOther) this.#report(this.#slotsInUse());
  }

  #slotsInUse(): string[] {
    const now = this.#deps.now();
    for (const [id, { forgottenAt }] of this.#inUse) {
      if (forgottenAt <= now) this.#inUse.delete(id);
    }
    return [...this.#inUse].flatMap(([id, { freeAt }]) => [
      id,
      String(Math.max(0, Math.ceil(freeAt - now))),
    ]);
  }

  /** The answer, if it arrives in time. A slot that is granted later is undone by `late`. */
  async #answered(call: Promise<unknown>, late?: () => void): Promise<Answer> {
    try {
      return parse(await inTime(call));
    } catch (error) {
      call.then(
        (answer) => {
          if (parse(answer)[1] === 1) late?.();
        },
        () => undefined, // The error that is thrown below.
      );
      this.#markLost(error);
      throw error;
    }
  }

  #markLost(error: unknown): void {
    if (this.#isLost) return;
    this.#isLost = true;
    this.#deps.onLost(error);
  }

  #newId(): string {
    return `${this.#process}:${(this.#taken += 1)}`;
  }
}

type Answer = readonly [epoch: string, granted: unknown, waitMs: unknown];

function parse(answer: unknown): Answer {
  const [epoch, granted, waitMs] = Array.isArray(answer) ? (answer as unknown[]) : [];
  return [String(epoch), granted, waitMs];
}

/** Rejects if the call takes too long, but not if the answer only waited for this process to become idle. */
function inTime<T>(call: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const giveUp = () => reject(new Error(`no answer within ${TIMEOUT_MS} ms`));
    const timer = setTimeout(() => setImmediate(giveUp), TIMEOUT_MS);
    call.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
