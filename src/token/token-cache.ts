import { systemClocks, type Clocks } from '../async/clocks';
import type { CredentialIdentity } from './credential-identity';
import type { Endpoint } from '../endpoint/endpoint';

/** How long RDS accepts a token: https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.IAMDBAuth.html. */
const TOKEN_LIFETIME_MS = 900_000;
/** The time that a reused token and its credentials must have left, for the login and for a database whose clock is ahead. */
const REUSE_MARGIN_MS = 60_000;
/** No token of this age or older is reused. */
export const MAX_REUSE_MS = TOKEN_LIFETIME_MS - REUSE_MARGIN_MS;

/** Bounds the cache: an `endpoint` function may return new endpoints forever. */
const MAX_TOKENS = 100;

/** A token for one login. */
export interface AuthToken {
  readonly token: string;
  /** Whether it was signed for another connection. */
  readonly reused: boolean;
}

type Sign = (endpoint: Endpoint, credentials: CredentialIdentity) => Promise<string>;

interface Held {
  readonly signature: Promise<string>;
  readonly signedAt: { readonly wall: number; readonly monotonic: number };
  readonly reuseForMs: number;
  /** The signed token, once `signature` has resolved. */
  token?: string;
}

/**
 * The tokens of one Sequelize instance. Each is reused for at most `reuseForMs`, and not in the last minute of its own life or its
 * credentials' life, by either clock. Concurrent callers share one signature.
 */
export class TokenCache {
  readonly #reuseForMs: number;
  readonly #sign: Sign;
  readonly #clocks: Clocks;
  readonly #held = new Map<string, Held>();

  constructor(reuseForMs: number, sign: Sign, clocks: Clocks = systemClocks) {
    this.#reuseForMs = reuseForMs;
    this.#sign = sign;
    this.#clocks = clocks;
  }

  /** Returns a token to log in with now. The credentials must be usable. Throws what signing throws; the next call then signs again. */
  async get(endpoint: Endpoint, credentials: CredentialIdentity): Promise<AuthToken> {
    const key = keyOf(endpoint, credentials);
    for (;;) {
      this.#dropExpired();
      const held = this.#held.get(key);
      if (held === undefined) {
        return { token: await this.#signAnew(key, endpoint, credentials), reused: false };
      }
      const token = await held.signature;
      // Signing may have taken long, for example in a suspended process.
      if (this.#isReusable(held)) return { token, reused: true };
    }
  }

  /** Never returns this token again. A newer token of the same key stays. */
  drop(token: string): void {
    for (const [key, held] of this.#held) if (held.token === token) this.#held.delete(key);
  }

  async #signAnew(
    key: string,
    endpoint: Endpoint,
    credentials: CredentialIdentity,
  ): Promise<string> {
    // Read before signing, so that the token is no older than this.
    const signedAt = { wall: this.#clocks.wall(), monotonic: this.#clocks.monotonic() };
    const credentialsLiveMs = (credentials.expiration?.getTime() ?? Infinity) - signedAt.wall;
    const held: Held = {
      signature: this.#sign(endpoint, credentials),
      signedAt,
      reuseForMs: Math.min(this.#reuseForMs, MAX_REUSE_MS, credentialsLiveMs - REUSE_MARGIN_MS),
    };
    this.#held.set(key, held);
    this.#dropOldest();
    try {
      held.token = await held.signature;
      return held.token;
    } catch (error) {
      if (this.#held.get(key) === held) this.#held.delete(key);
      throw error;
    }
  }

  /** A clock that now reads earlier than at signing was set back. The token's age is then unknown, so the token is not reused. */
  #isReusable({ signedAt, reuseForMs }: Held): boolean {
    const { wall, monotonic } = this.#clocks;
    return [wall() - signedAt.wall, monotonic() - signedAt.monotonic].every(
      (ageMs) => ageMs >= 0 && ageMs < reuseForMs,
    );
  }

  /** Drops the tokens of every key, so that none becomes reusable again when the wall clock is set back. */
  #dropExpired(): void {
    for (const [key, held] of this.#held) if (!this.#isReusable(held)) this.#held.delete(key);
  }

  #dropOldest(): void {
    const [oldest] = this.#held.keys();
    if (oldest !== undefined && this.#held.size > MAX_TOKENS) this.#held.delete(oldest);
  }
}

/** Everything that a token depends on except the secret key, which the access key id identifies. */
function keyOf(
  { hostname, port, region, username }: Endpoint,
  { accessKeyId, sessionToken }: CredentialIdentity,
): string {
  return JSON.stringify([hostname, port, region, username, accessKeyId, sessionToken]);
}
