import { randomBytes } from 'node:crypto';
import type { AccessKeys } from '../iam/access-keys';
import type { PolicyDocument } from '../iam/policy-document';
import { DEFAULT_ACCOUNT } from '../iam/verify-token';

/** Credentials of a role’s session, as they are handed out. */
export interface SessionCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

/** A role of the application under test. */
export interface RoleOptions {
  /** AWS STS denies every other role. Without one, it lets anyone assume any, and elsewhere the role is `app`. */
  readonly arn?: string;
  /** How long its sessions last; AWS STS shortens them on request. */
  readonly lifetimeMs: number;
  readonly policies?: readonly PolicyDocument[];
  /** Database users that it may be: the short form of a policy. */
  readonly users?: readonly string[];
  /** Makes the credentials of a session that ends then; by default random ones. */
  readonly issue?: (expiresAt: number) => SessionCredentials;
}

/** Who asks for a session, and until when. */
export interface SessionRequest {
  readonly roleArn: string;
  readonly sessionName: string;
  readonly expiresAt: number;
}

/** How long an access key stays known after its end, so that whoever still signs with it is told so. */
const REMEMBER_MS = 3_600_000;
const MAX_REMEMBERED = 1000;

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

function issueRandom(expiresAt: number): SessionCredentials {
  const id = Array.from(randomBytes(16), (byte) => BASE32[byte % BASE32.length]).join('');
  return {
    accessKeyId: `ASIA${id}`,
    secretAccessKey: randomBytes(30).toString('base64'),
    sessionToken: `IQoJb3JpZ2luX2Vj${randomBytes(480).toString('base64')}`,
    expiresAt,
  };
}

/** Name and account of a role’s ARN; undefined when it is none. */
export function parseRoleArn(
  arn: string,
): { readonly partition: string; readonly account: string; readonly name: string } | undefined {
  const [, partition, account, name] =
    /^arn:([\w-]{3,20}):iam::(\d{12}):role\/(?:[\w+=,.@/-]{1,512}\/)?([\w+=,.@-]{1,64})$/.exec(
      arn,
    ) ?? [];
  return partition && account && name ? { partition, account, name } : undefined;
}

/** The ARN of whoever has assumed a role. */
export function assumedRoleArn({
  roleArn,
  sessionName,
}: Omit<SessionRequest, 'expiresAt'>): string {
  const role = parseRoleArn(roleArn);
  if (!role) throw new Error(`"${roleArn}" is no ARN of a role`);
  return `arn:${role.partition}:sts::${role.account}:assumed-role/${role.name}/${sessionName}`;
}

/** The sessions of a role: makes their credentials, and makes their access keys known. */
export class RoleSessions {
  readonly arn: string;
  readonly options: RoleOptions;
  readonly #keys: AccessKeys;
  readonly #clock: () => number;
  readonly #ends = new Map<string, number>();
  #current: (SessionCredentials & { readonly renewAt: number }) | undefined;

  /** @throws {Error} when the ARN is none of a role. */
  constructor(options: RoleOptions, keys: AccessKeys, clock: () => number) {
    this.options = options;
    this.arn = options.arn ?? `arn:aws:iam::${DEFAULT_ACCOUNT}:role/app`;
    this.#keys = keys;
    this.#clock = clock;
    if (!parseRoleArn(this.arn)) throw new Error(`role.arn: "${this.arn}" is no ARN of a role`);
  }

  /** The session that a container or an instance has now: another one after half of its life, as nobody should get the rest of one. */
  current(): SessionCredentials {
    const now = this.#clock();
    if (!this.#current || now >= this.#current.renewAt) {
      const expiresAt = now + this.options.lifetimeMs;
      this.#current = {
        ...this.start({ roleArn: this.arn, sessionName: 'app', expiresAt }),
        renewAt: now + this.options.lifetimeMs / 2,
      };
    }
    return this.#current;
  }

  /** The next one who asks gets another session. */
  rotate(): void {
    this.#current = undefined;
  }

  /** Starts a session. */
  start({ expiresAt, ...request }: SessionRequest): SessionCredentials {
    const { issue = issueRandom, policies, users } = this.options;
    const { accessKeyId, ...secrets } = issue(expiresAt);
    this.#keys.add(accessKeyId, {
      ...secrets,
      arn: assumedRoleArn(request),
      ...(policies && { policies }),
      ...(users && { users }),
    });
    this.#remember(accessKeyId, secrets.expiresAt);
    return { accessKeyId, ...secrets };
  }

  #remember(accessKeyId: string, expiresAt: number): void {
    this.#ends.set(accessKeyId, expiresAt);
    const forgetBefore = this.#clock() - REMEMBER_MS;
    for (const [id, end] of this.#ends) {
      if (end >= forgetBefore && this.#ends.size <= MAX_REMEMBERED) return;
      this.#ends.delete(id);
      this.#keys.remove(id);
    }
  }
}
