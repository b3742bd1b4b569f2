import { systemClocks, type Clocks } from '../async/clocks';
import type { CredentialIdentity } from './credential-cache';
import type { Endpoint } from '../endpoint/endpoint';

/** How long RDS accepts a token: https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.IAMDBAuth.html. */
const TOKEN_LIFETIME_MS = 900_000;
/** What a reused token, and the credentials that signed it, must have left: for the login, and for a database whose clock is ahead. */
const REUSE_MARGIN_MS = 60_000;
/** The age from which no token is reused. */
export const MAX_REUSE_MS = TOKEN_LIFETIME_MS - REUSE_MARGIN_MS;

/** An `endpoint` function may name ever new endpoints. */
const MAX_TOKENS = 100;

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
  /** What the signature came to. */
  token?: string;
}

/**
 * Tokens of one Sequelize instance, each reused for at most `reuseForMs`: until a minute before it, or the credentials that signed it,
 * would expire by either clock. Concurrent callers share one signature.
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

  /** A token to log in with now. The credentials must be usable now. Throws what signing throws; the next call then signs anew. */
  async get(endpoint: Endpoint, credentials: CredentialIdentity): Promise<AuthToken> {
    const key = keyOf(endpoint, credentials);
    for (;;) {
      this.#dropExpired();
      const held = this.#held.get(key);
      if (held === undefined) {
        return { token: await this.#signAnew(key, endpoint, credentials), reused: false };
      }
      const token = await held.signature;
      // Signing may have taken long, in a process that was stopped meanwhile.
      if (this.#isReusable(held)) return { token, reused: true };
    }
  }

  /** Never gives this token out again. A newer one of the same key stays. */
  drop(token: string): void {
    for (const [key, held] of this.#held) if (held.token === token) this.#held.delete(key);
  }

  async #signAnew(
    key: string,
    endpoint: Endpoint,
    credentials: CredentialIdentity,
  ): Promise<string> {
    // Read before signing: the token is no older than this.
    const signedAt = { wall: this.#clocks.wall(), monotonic: this.#clocks.monotonic() };
    const credentialsLiveMs =
      credentials.expiration === undefined
        ? Infinity
        : credentials.expiration.getTime() - signedAt.wall;
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

  /** A clock behind the instant of signing has been set back and says nothing about the token's age. */
  #isReusable({ signedAt, reuseForMs }: Held): boolean {
    const { wall, monotonic } = this.#clocks;
    return [wall() - signedAt.wall, monotonic() - signedAt.monotonic].every(
      (ageMs) => ageMs >= 0 && ageMs < reuseForMs,
    );
  }

  /** All of them, so that none comes to life again when the wall clock is set back. */
  #dropExpired(): void {
    for (const [key, held] of this.#held) if (!this.#isReusable(held)) this.#held.delete(key);
  }

  #dropOldest(): void {
    const [oldest] = this.#held.keys();
    if (oldest !== undefined && this.#held.size > MAX_TOKENS) this.#held.delete(oldest);
  }
}

/** Whatever a token depends on, but the secret, of which an access key has one. */
function keyOf(
  { hostname, port, region, username }: Endpoint,
  { accessKeyId, sessionToken }: CredentialIdentity,
): string {
  return JSON.stringify([hostname, port, region, username, accessKeyId, sessionToken]);
}
