import { tracingChannel } from 'node:diagnostics_channel';
import { monotonicNow } from '../async/clocks';
import type { Dialect } from '../dialects/dialect';
import type { Endpoint } from '../endpoint/endpoint';
import { isNotNeeded } from '../errors';
import type { LoginOutcome } from '../limiter/contract';
import { notNeededChannel, type ObservedTarget } from '../observe/channels';

/**
 * The context of one login on the tracing channel `sequelize-rds-iam:login`. All its events receive the same object, which is complete
 * with `asyncEnd`. The times are in milliseconds, and 0 for what the login has not reached.
 */
export interface LoginContext extends ObservedTarget {
  /** The wait for credentials. */
  readonly credentialsWaitMs: number;
  /** The wait for the backoff after failed logins. */
  readonly backoffWaitMs: number;
  /** The wait for a slot. */
  readonly slotWaitMs: number;
  /** The signature, or the look-up of a token to reuse. */
  readonly signingMs: number;
  /** The login itself: from the token to the server's answer. */
  readonly loginMs: number;
  /**
   * How the login ended; missing before. `notAdmitted`: the wait or the signature failed with `error`, and no login was made.
   * The others are those of `LoginOutcome`.
   */
  readonly outcome?: LoginOutcome | 'notAdmitted';
  /** The error, from the event `error` on. It contains no token and no credential, but its message may name the user. */
  readonly error?: unknown;
}

type Writable<T> = { -readonly [Key in keyof T]: T[Key] };

/** The parts of a login, in their order. The first three may repeat. */
type LoginPart = Extract<keyof LoginContext, `${string}Ms`>;

const {
  start,
  end,
  asyncStart,
  asyncEnd,
  error: failed,
} = tracingChannel('sequelize-rds-iam:login');
const channels = [start, end, asyncStart, asyncEnd, failed, notNeededChannel];

/** Follows a login for the subscribers of its channels. `undefined` if there are none: a login then costs nothing more. */
export function traceLogin(
  endpoint: Endpoint,
  dialect: Dialect['name'],
  now: () => number = monotonicNow,
): LoginTrace | undefined {
  for (const { hasSubscribers } of channels) {
    if (hasSubscribers) return new LoginTrace(endpoint, dialect, now);
  }
  return undefined;
}

/** One login's context and its events, in the order of `TracingChannel.tracePromise`. */
export class LoginTrace {
  readonly #context: Writable<LoginContext>;
  readonly #now: () => number;
  #part: LoginPart | undefined;
  #since = 0;

  constructor({ hostname, port, region }: Endpoint, dialect: Dialect['name'], now: () => number) {
    this.#now = now;
    this.#context = {
      endpoint: { hostname, port, region },
      dialect,
      credentialsWaitMs: 0,
      backoffWaitMs: 0,
      slotWaitMs: 0,
      signingMs: 0,
      loginMs: 0,
    };
  }

  /** Begins the login with what must be awaited before it. Stores that are bound to the event `start` apply to that. */
  async admit<T>(admit: () => Promise<T>): Promise<T> {
    const admitted = start.runStores(this.#context, admit);
    end.publish(this.#context);
    try {
      return await admitted;
    } catch (error) {
      if (isNotNeeded(error)) this.settle('notNeeded');
      else this.settle('notAdmitted', error);
      throw error;
    }
  }

  /** The time from now on counts for this part. */
  enter(part: LoginPart | undefined): void {
    const now = this.#now();
    if (this.#part !== undefined) this.#context[this.#part] += now - this.#since;
    this.#part = part;
    this.#since = now;
  }

  settle(outcome: LoginOutcome | 'notAdmitted', error?: unknown): void {
    this.enter(undefined);
    const context = this.#context;
    context.outcome = outcome;
    if (error !== undefined) {
      context.error = error;
      failed.publish(context);
    }
    asyncStart.publish(context);
    asyncEnd.publish(context);
    if (outcome !== 'notNeeded' || !notNeededChannel.hasSubscribers) return;
    const { endpoint, dialect, credentialsWaitMs, backoffWaitMs, slotWaitMs } = context;
    const waitedMs = credentialsWaitMs + backoffWaitMs + slotWaitMs;
    notNeededChannel.publish({ endpoint, dialect, waitedMs });
  }
}
