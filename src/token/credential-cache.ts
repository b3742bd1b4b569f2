import { systemClocks, type Clocks } from '../async/clocks';
import { credentialsError, ExpiredError, providerError } from './credentials-error';
import {
  readIdentity,
  type CredentialIdentity,
  type CredentialProvider,
} from './credential-identity';
import { untilAborted } from '../async/until-aborted';
import { Backoff } from '../limiter/backoff';
import { credentialsChannel, type CredentialsMessage } from '../observe/channels';
import { errorCodeOf } from '../observe/error-code';

/** Credentials that expire sooner are not used: they must outlive the login. */
const MIN_LIFETIME_MS = 5_000;
/** Credentials are refreshed in the background this long before they expire, as in the AWS SDK. */
const REFRESH_AHEAD_MS = 300_000;
/** Minimum time between background refreshes: a provider may always return credentials that are about to expire, or are denied. */
const REFRESH_GAP_MS = 10_000;
/** Credentials without expiration are requested again after this time, in case the keys were rotated. */
const RECHECK_MS = 300_000;

const REACH =
  'check the route to it (hop limit 2 for containers on EC2), or raise iamAuth.credentialsTimeoutMs';

/** The credentials that an instance signs with, in milliseconds. */
export interface CredentialsState {
  /** Time since the provider returned them. */
  readonly ageMs: number;
  /** Time until they expire; negative if they have. Missing if they do not expire. */
  readonly expiresInMs?: number;
}

interface Held {
  readonly identity: CredentialIdentity;
  /** When they arrived, on the monotonic clock. */
  readonly since: number;
  /** The expiration on each clock. */
  readonly expiresAt: { readonly wall: number; readonly monotonic: number };
}

/** One request to the provider, and its waiting callers. */
interface Flight {
  readonly answer: Promise<CredentialIdentity>;
  /** On the monotonic clock. After a failure, this is in the future at first. */
  readonly startedAt: number;
  readonly waiting: Set<{ readonly timeoutMs: number; readonly reject: (error: Error) => void }>;
}

/** Caches one provider's credentials. Concurrent callers share a request. Credentials are refreshed before they expire. */
export class CredentialCache {
  readonly #createProvider: () => Promise<CredentialProvider>;
  readonly #clocks: Clocks;
  readonly #backoff = new Backoff();
  #provider: Promise<CredentialProvider> | undefined;
  #flight: Flight | undefined;
  #held: Held | undefined;
  #askedAt = 0;
  #refreshAt = 0;

  constructor(createProvider: () => Promise<CredentialProvider>, clocks: Clocks = systemClocks) {
    this.#createProvider = createProvider;
    this.#clocks = clocks;
  }

  /**
   * Returns credentials that outlive the login.
   * Throws `ERR_IAM_AUTH_CREDENTIALS` if the provider fails, returns expired credentials, or does not answer within `timeoutMs`. Then a new
   * provider is asked, with the delays of `Backoff`: a whole fleet may be asking. Throws the signal's reason if it aborts.
   */
  async get(timeoutMs: number, signal: AbortSignal): Promise<CredentialIdentity> {
    signal.throwIfAborted();
    const held = this.#held;
    if (held === undefined || !this.#outlivesLogin(held)) {
      return this.#wait(this.#refresh(), timeoutMs, signal);
    }
    if (this.#clocks.monotonic() >= this.#refreshAt) {
      // The held credentials are still usable. If this refresh fails, the one after their expiration reports why.
      this.#wait(this.#refresh(), timeoutMs).catch(() => undefined);
    }
    return held.identity;
  }

  /** The age and the expiration of what it holds. */
  state(): CredentialsState | undefined {
    if (this.#held === undefined) return undefined;
    const { since, expiresAt } = this.#held;
    const { wall, monotonic } = this.#clocks;
    const expiresInMs = Math.min(expiresAt.wall - wall(), expiresAt.monotonic - monotonic());
    const ageMs = monotonic() - since;
    return expiresInMs === Infinity ? { ageMs } : { ageMs, expiresInMs };
  }

  /** Whether credentials from `get` may still sign. */
  isUsable(identity: CredentialIdentity): boolean {
    return this.#held?.identity === identity && this.#outlivesLogin(this.#held);
  }

  /**
   * Takes note that the server denied a login with these. They may have been revoked, so the next caller requests others in the background,
   * though not within 10 s of the last request. Until those are there, callers get what is held: most denials have another reason.
   */
  doubt(identity: CredentialIdentity): void {
    if (this.#held?.identity !== identity) return;
    this.#refreshAt = Math.min(this.#refreshAt, this.#askedAt + REFRESH_GAP_MS);
  }

  #outlivesLogin({ expiresAt }: Held): boolean {
    const { wall, monotonic } = this.#clocks;
    return Math.min(expiresAt.wall - wall(), expiresAt.monotonic - monotonic()) > MIN_LIFETIME_MS;
  }

  #refresh(): Flight {
    if (this.#flight !== undefined) return this.#flight;
    const delay = this.#backoff.delay(this.#clocks.monotonic());
    const startedAt = this.#clocks.monotonic() + delay;
    this.#askedAt = startedAt;
    this.#refreshAt = startedAt + REFRESH_GAP_MS;
    const answer = this.#ask(startedAt, delay).finally(() => {
      if (this.#flight === flight) this.#flight = undefined;
    });
    const flight: Flight = { answer, startedAt, waiting: new Set() };
    this.#flight = flight;
    return flight;
  }

  async #ask(startedAt: number, delay: number): Promise<CredentialIdentity> {
    // Nobody may be left to ask for, so it does not keep the process.
    if (delay > 0) await new Promise((resolve) => setTimeout(resolve, Math.ceil(delay)).unref());
    this.#backoff.enter(startedAt);
    try {
      this.#provider ??= this.#createProvider();
      const provider = await this.#provider;
      const identity = await provider({ forceRefresh: this.#held !== undefined });
      const expiresInMs = this.#hold(identity);
      this.#backoff.settle('accepted', this.#clocks.monotonic());
      this.#publish(startedAt, { outcome: 'refreshed', expiresInMs });
      return identity;
    } catch (error) {
      this.#provider = undefined;
      this.#backoff.settle('failed', this.#clocks.monotonic());
      this.#publish(startedAt, { outcome: 'failed', errorCode: errorCodeOf(error) });
      throw error;
    }
  }

  /** Returns the milliseconds until they expire; `undefined` if they do not. */
  #hold(identity: CredentialIdentity): number | undefined {
    const { wall, monotonic } = this.#clocks;
    const { expiration } = readIdentity(identity);
    const lifetime = (expiration?.getTime() ?? Infinity) - wall();
    const held = {
      identity,
      since: monotonic(),
      expiresAt: { wall: wall() + lifetime, monotonic: monotonic() + lifetime },
    };
    if (!this.#outlivesLogin(held)) {
      const end = expiration?.toISOString() ?? '';
      throw new ExpiredError(`the provider returned credentials that expired at ${end}`);
    }
    this.#held = held;
    const refreshIn = lifetime === Infinity ? RECHECK_MS : lifetime - REFRESH_AHEAD_MS;
    this.#refreshAt = monotonic() + Math.max(refreshIn, REFRESH_GAP_MS);
    return lifetime === Infinity ? undefined : lifetime;
  }

  #publish(startedAt: number, message: Omit<CredentialsMessage, 'durationMs'>): void {
    if (!credentialsChannel.hasSubscribers) return;
    credentialsChannel.publish({ ...message, durationMs: this.#clocks.monotonic() - startedAt });
  }

  #wait(flight: Flight, timeoutMs: number, signal?: AbortSignal): Promise<CredentialIdentity> {
    return untilAborted(signal, (resolve, reject) => {
      const waiting = { timeoutMs, reject };
      flight.waiting.add(waiting);
      const endsIn = flight.startedAt + timeoutMs - this.#clocks.monotonic();
      const timer = setTimeout(() => this.#abandon(flight, timeoutMs), endsIn);
      flight.answer.then(resolve, (error: unknown) => reject(providerError(error)));
      return () => {
        clearTimeout(timer);
        flight.waiting.delete(waiting);
      };
    });
  }

  /**
   * Fails all callers with this timeout at once, late ones too. A caller that failed later could fail a query that started after the
   * provider recovered, because Sequelize's pool passes a failed connection's error to whichever query then waits.
   */
  #abandon(flight: Flight, timeoutMs: number): void {
    if (this.#flight === flight) {
      this.#flight = undefined;
      this.#provider = undefined;
      this.#publish(flight.startedAt, { outcome: 'timeout' });
    }
    const reason = `the provider did not answer within ${timeoutMs} ms`;
    for (const waiting of [...flight.waiting]) {
      if (waiting.timeoutMs === timeoutMs) waiting.reject(credentialsError(reason, { fix: REACH }));
    }
  }
}
