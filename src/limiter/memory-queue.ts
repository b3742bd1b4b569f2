import { reasonOf } from '../errors';
import type { LoginSlot, LoginSlotRequest } from './contract';
import type { CountedSlot, MemorySlots } from './memory-slots';
import { notNeeded, WaitingLine, type Waiting } from './waiting-line';

/** Grants one key's slots, first come, first served. Has a timer only while a request waits. */
export class MemoryQueue {
  readonly #slots: MemorySlots;
  readonly #now: () => number;
  readonly #line = new WaitingLine();
  #timer: NodeJS.Timeout | undefined;

  constructor(slots: MemorySlots, now: () => number) {
    this.#slots = slots;
    this.#now = now;
  }

  acquire(request: LoginSlotRequest): Promise<LoginSlot> {
    return this.#line.join(
      request,
      () => this.#pump(),
      () => clearTimeout(this.#timer),
    );
  }

  #pump(): void {
    clearTimeout(this.#timer);
    for (;;) {
      const head = this.#line.first();
      if (head === undefined) return;
      const counted = this.#slots.take(this.#now(), head.request.leaseMs);
      if (counted === undefined) {
        const wait = Math.ceil(this.#slots.nextFreeAt() - this.#now());
        this.#timer = setTimeout(() => this.#pump(), Math.max(1, wait));
        return;
      }
      this.#line.shift();
      // In a macrotask of its own: a rejection must not fail a query that began to wait in this turn.
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
        this.#slots.settle(counted, this.#now(), outcome);
        this.#pump();
      },
    };
  }
}
