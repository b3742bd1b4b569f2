import {
  CredentialCache,
  type CredentialIdentity,
  type CredentialProvider,
  type AwsCredentials,
} from './credential-cache';
import { describeEndpoint, type Endpoint } from '../endpoint/endpoint';
import { IamAuthError, messageOf } from '../errors';
import { TokenCache, type AuthToken } from './token-cache';

/** Supplies credentials and tokens from the AWS SDK, which is loaded on first use. */
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

  /** Returns credentials to sign with. Also loads the signer, so that no slot is held while it loads. */
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

  /** Returns a token to log in with now, newly signed unless tokens are reused. Throws `ERR_IAM_AUTH_TOKEN`. */
  async getAuthToken(endpoint: Endpoint, credentials: CredentialIdentity): Promise<AuthToken> {
    if (this.#tokens !== undefined) return this.#tokens.get(endpoint, credentials);
    return { token: await sign(endpoint, credentials), reused: false };
  }

  /** Never reuses this token, which the server has denied. */
  dropToken(token: string): void {
    this.#tokens?.drop(token);
  }

  /**
   * The Region in the AWS SDK's configuration (`AWS_REGION`, the profile), or `undefined`.
   * The signer resolves it but does not expose it, so a dummy key signs a token whose credential scope contains it.
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

/** Signs a token, which is valid for 15 minutes. */
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

/** The logger that the AWS SDK accepts. */
type ChainLogger = Pick<Console, 'debug' | 'info' | 'warn' | 'error'>;

const defaultChains = new Map<string | undefined, CredentialCache>();
const customProviders = new WeakMap<object, CredentialCache>();

/** Returns the process's only cache for a provider, so that Sequelize instances share one credential request. */
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
      return reportingExpiry((logger) =>
        defaultProvider({ logger, ...(profile !== undefined && { profile }) }),
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
 * Makes the chain report expired credentials. It skips a provider whose credentials have expired, logs that only at debug level, and
 * finally throws that no provider had any. The chain's warnings go to the console, as they do without a logger.
 */
function reportingExpiry(
  createChain: (logger: ChainLogger) => CredentialProvider,
): CredentialProvider {
  const expired: string[] = [];
  const ignore = () => undefined;
  const chain = createChain({
    debug: (line) => {
      const message = /^@smithy\/property-provider \S+ (.*\bexpired\b.*)$/.exec(String(line))?.[1];
      if (message !== undefined) expired.push(message);
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
      const [message] = expired;
      throw message === undefined ? cause : new Error(message, { cause });
    }
  };
}
