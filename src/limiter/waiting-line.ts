import { IamAuthError } from '../errors';
import { untilAborted } from '../async/until-aborted';
import type { LoginSlot, LoginSlotRequest } from './contract';

/** Far more than any pool holds. Beyond it something is wrong, and the line must not use more memory. */
const MAX_WAITING = 10_000;

/** A request that waits for its slot. */
export interface Waiting {
  readonly request: LoginSlotRequest;
  readonly grant: (slot: LoginSlot) => void;
  readonly reject: (reason: Error) => void;
}

/** The requests for one key's slots, first come, first served. */
export class WaitingLine {
  #waiting: Waiting[] = [];

  /** Waits until the request is granted, rejected or aborted. Calls `onEmpty` when no request is left. */
  join(request: LoginSlotRequest, onJoin: () => void, onEmpty: () => void): Promise<LoginSlot> {
    if (this.#waiting.length >= MAX_WAITING) return Promise.reject(tooManyWaiting(request.key));
    return untilAborted(request.signal, (grant, reject) => {
      const waiting = { request, grant, reject };
      this.#waiting.push(waiting);
      onJoin();
      return () => {
        this.#waiting = this.#waiting.filter((other) => other !== waiting);
        if (this.#waiting.length === 0) onEmpty();
      };
    });
  }

  first(): Waiting | undefined {
    return this.#waiting[0];
  }

  /** Removes the first request, so that it is not served twice before it is granted or rejected. */
  shift(): void {
    this.#waiting.shift();
  }

  longestLeaseMs(): number {
    return Math.max(...this.#waiting.map(({ request }) => request.leaseMs));
  }
}

/** Rejects a request whose connection is no longer needed. */
export function notNeeded(): IamAuthError {
  return new IamAuthError('ERR_IAM_AUTH_NOT_NEEDED', 'No query needs this connection any more');
}

/** Rejects a request when the line is full. */
export function tooManyWaiting(key: string): IamAuthError {
  return new IamAuthError(
    'ERR_IAM_AUTH_TIMEOUT',
    `${MAX_WAITING} connections to ${key} already wait for a login`,
    { fix: 'lower pool.max' },
  );
}
