import { IamAuthError, reasonOf } from '../errors';
import { untilAborted } from '../until-aborted';
import type { LoginSlot, LoginSlotRequest } from './contract';
import { MAX_WAITING, type CountedSlot, type MemorySlots } from './slot-count';

interface Waiting {
  readonly request: LoginSlotRequest;
  readonly grant: (slot: LoginSlot) => void;
  readonly reject: (reason: Error) => void;
}

/** First come, first served over one key's slots. Holds a timer only while somebody waits. */
export class MemoryQueue {
  readonly #count: MemorySlots;
  readonly #now: () => number;
  #waiting: Waiting[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(count: MemorySlots, now: () => number) {
    this.#count = count;
    this.#now = now;
  }

  acquire(request: LoginSlotRequest): Promise<LoginSlot> {
    if (this.#waiting.length >= MAX_WAITING) return Promise.reject(tooManyWaiting(request.key));
    return untilAborted(request.signal, (grant, reject) => {
      const waiting = { request, grant, reject };
      this.#waiting.push(waiting);
      this.#pump();
      return () => this.#leave(waiting);
    });
  }

  #leave(waiting: Waiting): void {
    this.#waiting = this.#waiting.filter((other) => other !== waiting);
    if (this.#waiting.length === 0) clearTimeout(this.#timer);
  }

  #pump(): void {
    clearTimeout(this.#timer);
    for (;;) {
      const [head] = this.#waiting;
      if (head === undefined) return;
      const counted = this.#count.take(this.#now(), head.request.leaseMs);
      if (counted === undefined) {
        const wait = Math.ceil(this.#count.nextFreeAt() - this.#now());
        this.#timer = setTimeout(() => this.#pump(), Math.max(1, wait));
        return;
      }
      this.#waiting.shift();
      // In a macrotask of its own: rejecting an unwanted request must not hit a query that began to wait in this turn.
      setImmediate(() => this.#decide(head, counted));
    }
  }

  #decide({ request, grant, reject }: Waiting, counted: CountedSlot): void {
    const slot = this.#slot(counted);
    const { signal, isNeeded } = request;
    if (signal?.aborted !== true && isNeeded?.() !== false) {
      grant(slot);
      return;
    }
    slot.settle('notNeeded');
    reject(signal?.aborted === true ? reasonOf(signal) : notNeeded());
  }

  #slot(counted: CountedSlot): LoginSlot {
    let settled = false;
    return {
      settle: (outcome) => {
        if (settled) return;
        settled = true;
        this.#count.settle(counted, this.#now(), outcome);
        this.#pump();
      },
    };
  }
}

/** For a request whose connection nobody waits for any more. */
export function notNeeded(): IamAuthError {
  return new IamAuthError('ERR_IAM_AUTH_NOT_NEEDED', 'No query waits for this connection any more');
}

/** For a request beyond the queue's bound. */
export function tooManyWaiting(key: string): IamAuthError {
  return new IamAuthError(
    'ERR_IAM_AUTH_TIMEOUT',
    `${MAX_WAITING} connections to ${key} wait for a login already`,
    { fix: 'lower pool.max' },
  );
}
