import { setTimeout as delay } from 'node:timers/promises';
import type { ConnectionLimiter, LoginSlot, LoginSlotRequest } from 'sequelize-rds-iam';

/** Half of what a second may contain. */
const LIMIT = 9;
const COOLDOWN_MS = 1_010;

/** A limiter that grants nothing while it is shut. */
export class GatedLimiter implements ConnectionLimiter {
  /** Slots that were given back without a login. */
  returned = 0;
  #isShut = false;
  readonly #used = new Map<string, number>();

  shut(): void {
    this.#isShut = true;
  }

  open(): void {
    this.#isShut = false;
  }

  async acquire({ key, signal }: LoginSlotRequest): Promise<LoginSlot> {
    const used = () => this.#used.get(key) ?? 0;
    while (this.#isShut || used() >= LIMIT) {
      signal?.throwIfAborted();
      await delay(10);
    }
    this.#used.set(key, used() + 1);
    const free = () => this.#used.set(key, used() - 1);
    return {
      settle: (outcome) => {
        if (outcome === 'notNeeded') {
          this.returned += 1;
          free();
        } else setTimeout(free, COOLDOWN_MS);
      },
    };
  }
}
