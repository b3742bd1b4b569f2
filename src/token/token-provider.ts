import {
  CredentialCache,
  type CredentialIdentity,
  type CredentialProvider,
} from './credential-cache';
import { describeEndpoint } from '../endpoint/endpoint';
import { IamAuthError, messageOf } from '../errors';
import { TokenCache, type AuthToken } from './token-cache';
import type { AwsCredentials } from './credential-cache';
import type { Endpoint } from '../endpoint/endpoint';

/** Credentials and tokens, from the AWS SDK, which is loaded on first use. */
export class TokenProvider {
  readonly #cache: CredentialCache;
  readonly #profile: { profile?: string };
  readonly #timeoutMs: number;
  readonly #tokens: TokenCache | undefined;

  constructor(options: {
    credentials?: AwsCredentials | undefined;
    profile?: string | undefined;
    credentialsTimeoutMs: number;
    reuseTokenForMs?: number | undefined;
  }) {
    this.#cache = cacheFor(options.credentials, options.profile);
    this.#profile = options.profile === undefined ? {} : { profile: options.profile };
    this.#timeoutMs = options.credentialsTimeoutMs;
    this.#tokens =
      options.reuseTokenForMs === undefined
        ? undefined
        : new TokenCache(options.reuseTokenForMs, sign);
  }

  /** Credentials to sign with. The signer is loaded meanwhile, so that a slot does not wait for it. */
  async getCredentials(signal: AbortSignal): Promise<CredentialIdentity> {
    const [credentials] = await Promise.all([
      this.#cache.get(this.#timeoutMs, signal),
      loadSigner(),
    ]);
    return credentials;
  }

  isUsable(credentials: CredentialIdentity): boolean {
    return this.#cache.isUsable(credentials);
  }

  /** A token to log in with now, signed for this login unless tokens are reused. Throws `ERR_IAM_AUTH_TOKEN`. */
  async getAuthToken(endpoint: Endpoint, credentials: CredentialIdentity): Promise<AuthToken> {
    if (this.#tokens !== undefined) return this.#tokens.get(endpoint, credentials);
    return { token: await sign(endpoint, credentials), reused: false };
  }

  /** To be told of a token that was refused, so that it is not reused. */
  dropToken(token: string): void {
    this.#tokens?.drop(token);
  }

  /**
   * The region of the AWS SDK's configuration (`AWS_REGION`, the profile); `undefined` when it has none.
   * The SDK tells it nowhere but in what it signs, so a throw-away key signs and the region is read from the credential scope.
   */
  async configuredRegion(): Promise<string | undefined> {
    const { Signer } = await loadSigner();
    const scope = new Signer({
      ...this.#profile,
      hostname: 'region.invalid',
      port: 1,
      username: 'region',
      credentials: { accessKeyId: 'region', secretAccessKey: 'region' },
    });
    const token = await scope.getAuthToken().catch((error: unknown) => {
      if (/region is missing/i.test(messageOf(error))) return undefined;
      throw error;
    });
    const credential = new URLSearchParams(token?.split('?')[1]).get('X-Amz-Credential');
    return credential?.split('/')[2];
  }
}

function loadSigner() {
  return import('@aws-sdk/rds-signer');
}

/** Signs a token that a login may use for 15 minutes. */
async function sign(endpoint: Endpoint, credentials: CredentialIdentity): Promise<string> {
  const { Signer } = await loadSigner();
  try {
    return await new Signer({ ...endpoint, credentials }).getAuthToken();
  } catch (cause) {
    const target = describeEndpoint(endpoint);
    throw new IamAuthError(
      'ERR_IAM_AUTH_TOKEN',
      `Could not sign a token for ${target}: ${messageOf(cause)}`,
      {
        cause,
        endpoint: target,
      },
    );
  }
}

/** What the AWS SDK logs to. */
interface ChainLogger {
  readonly debug: (...content: unknown[]) => void;
  readonly info: (...content: unknown[]) => void;
  readonly warn: (...content: unknown[]) => void;
  readonly error: (...content: unknown[]) => void;
}

const defaultChains = new Map<string | undefined, CredentialCache>();
const customProviders = new WeakMap<object, CredentialCache>();

/** One cache per provider for the whole process, so that several Sequelize instances share one credential request. */
function cacheFor(
  credentials: AwsCredentials | undefined,
  profile: string | undefined,
): CredentialCache {
  const shared =
    credentials === undefined ? defaultChains.get(profile) : customProviders.get(credentials);
  if (shared !== undefined) return shared;
  if (credentials === undefined) {
    const cache = new CredentialCache(async () => {
      const { defaultProvider } = await import('@aws-sdk/credential-provider-node');
      return tellingExpiry((logger) =>
        defaultProvider({ logger, ...(profile === undefined ? {} : { profile }) }),
      );
    });
    defaultChains.set(profile, cache);
    return cache;
  }
  const provider =
    typeof credentials === 'function' ? credentials : () => Promise.resolve(credentials);
  const cache = new CredentialCache(() => Promise.resolve(provider));
  customProviders.set(credentials, cache);
  return cache;
}

/**
 * The provider chain goes on after a provider whose credentials have expired, and ends with the words that there are none. What it
 * passed over it tells its logger alone; its warnings go where they would without one.
 */
function tellingExpiry(
  createChain: (logger: ChainLogger) => CredentialProvider,
): CredentialProvider {
  const expired: string[] = [];
  const ignore = () => undefined;
  const chain = createChain({
    debug: (line) => {
      const words = /^@smithy\/property-provider \S+ (.*\bexpired\b.*)$/.exec(String(line))?.[1];
      if (words !== undefined) expired.push(words);
    },
    info: ignore,
    warn: (...lines) => console.warn(...lines),
    error: ignore,
  });
  return async (options) => {
    expired.length = 0;
    try {
      return await chain(options);
    } catch (cause) {
      const [words] = expired;
      throw words === undefined ? cause : new Error(words, { cause });
    }
  };
}
