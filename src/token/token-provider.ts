import { CredentialCache, type CredentialsState } from './credential-cache';
import {
  readIdentity,
  type AwsCredentials,
  type CredentialIdentity,
  type CredentialProvider,
} from './credential-identity';
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

  /** The age and the expiration of the credentials, without a request for them. */
  credentialsState(): CredentialsState | undefined {
    return this.#cache.state();
  }

  isUsable(credentials: CredentialIdentity): boolean {
    return this.#cache.isUsable(credentials);
  }

  /** Returns a token to log in with now, newly signed unless tokens are reused. Throws `ERR_IAM_AUTH_TOKEN`. */
  async getAuthToken(endpoint: Endpoint, held: CredentialIdentity): Promise<AuthToken> {
    const credentials = readForSigning(held, endpoint);
    if (this.#tokens !== undefined) return this.#tokens.get(endpoint, credentials);
    return { token: await sign(endpoint, credentials), reused: false };
  }

  /** Takes note that the server denied a login: never reuses its token, and soon requests other credentials. */
  noteDenial(token: string, credentials: CredentialIdentity): void {
    this.#tokens?.drop(token);
    this.#cache.doubt(credentials);
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

/** The credentials as they are now: their object is the provider's, which may have changed it. */
function readForSigning(held: CredentialIdentity, endpoint: Endpoint): CredentialIdentity {
  try {
    return readIdentity(held);
  } catch (cause) {
    throw unsigned(endpoint, cause);
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
    throw unsigned(endpoint, cause);
  }
}

function unsigned(endpoint: Endpoint, cause: unknown): IamAuthError {
  const target = describeEndpoint(endpoint);
  const message = `Could not sign a token for ${target}: ${messageOf(cause)}`;
  return new IamAuthError('ERR_IAM_AUTH_TOKEN', message, { cause, endpoint: target });
}

const defaultChains = new Map<string | undefined, CredentialCache>();
const customProviders = new WeakMap<object, CredentialCache>();

/** Returns the process's only cache for a provider, so that Sequelize instances share one credential request. */
function cacheFor(
  credentials: AwsCredentials | undefined,
  profile: string | undefined,
): CredentialCache {
  if (credentials === undefined) {
    const chain =
      defaultChains.get(profile) ?? new CredentialCache(() => createDefaultChain(profile));
    defaultChains.set(profile, chain);
    return chain;
  }
  const provider =
    typeof credentials === 'function' ? credentials : () => Promise.resolve(credentials);
  const cache =
    customProviders.get(credentials) ?? new CredentialCache(() => Promise.resolve(provider));
  customProviders.set(credentials, cache);
  return cache;
}

/**
 * Creates the AWS SDK's default provider chain, which then also reports expired credentials: by itself, it skips a provider whose
 * credentials have expired, logs that at debug level, and finally throws that no provider had any. Its warnings still go to the console.
 * It reads profiles again with each request: by itself, it would never notice that a key in a file was replaced.
 */
async function createDefaultChain(profile: string | undefined): Promise<CredentialProvider> {
  const { defaultProvider } = await import('@aws-sdk/credential-provider-node');
  const expired: string[] = [];
  const ignore = () => undefined;
  const logger = {
    debug: (line: unknown) => {
      const message = /^@smithy\/property-provider \S+ (?=.*\bexpired\b)(.*)$/.exec(
        String(line),
      )?.[1];
      if (message !== undefined) expired.push(message);
    },
    info: ignore,
    warn: (...lines: unknown[]) => console.warn(...lines),
    error: ignore,
  };
  const chain = defaultProvider({
    logger,
    ignoreCache: true,
    ...(profile !== undefined && { profile }),
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
