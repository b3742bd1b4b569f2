import { parsePolicy, type PolicyDocument } from './policy-document';

/** What the emulator knows about an access key. Without `users` and `policies`, it may be every database user. */
export interface KnownCredentials {
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt?: number;
  /** Database users that it may be: the short form of a policy. */
  readonly users?: readonly string[];
  readonly policies?: readonly PolicyDocument[];
  /** Whose it is; without one, an identity of the database’s account. */
  readonly arn?: string;
}

/** Access keys that the emulator knows, by access key id. */
export type CredentialsById = Readonly<Record<string, KnownCredentials>>;

function checkCredentials(accessKeyId: string, known: KnownCredentials): KnownCredentials {
  const { policies } = known;
  if (policies === undefined) return known;
  try {
    return { ...known, policies: policies.map(parsePolicy) };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new Error(`The policies of ${accessKeyId}: ${message}`, { cause: error });
  }
}

/** The access keys that an endpoint and AWS STS know together, and that may change meanwhile. */
export class AccessKeys {
  readonly #known = new Map<string, KnownCredentials>();

  /** @throws {Error} when a policy is wrong, or not imitated. */
  constructor(credentials: CredentialsById = {}) {
    for (const [accessKeyId, known] of Object.entries(credentials)) this.add(accessKeyId, known);
  }

  /**
   * Makes an access key known, or replaces what is known about it.
   *
   * @throws {Error} when a policy is wrong, or not imitated.
   */
  add(accessKeyId: string, known: KnownCredentials): void {
    this.#known.set(accessKeyId, checkCredentials(accessKeyId, known));
  }

  /** Forgets an access key: whoever signs with it is unknown from now on. */
  remove(accessKeyId: string): void {
    this.#known.delete(accessKeyId);
  }

  /** Needs no `this`, and so can be an endpoint’s `credentials`. */
  readonly lookUp = (accessKeyId: string): KnownCredentials | undefined =>
    this.#known.get(accessKeyId);
}
