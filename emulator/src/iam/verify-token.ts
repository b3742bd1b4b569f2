import { expectedSignature, isSameSecret, parseToken, type ParsedToken } from './sigv4-token';

const MAX_SKEW_MS = 5 * 60_000;

/** What the emulator knows about an access key: `users` is the policy, by default every database user. */
export interface KnownCredentials {
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt?: number;
  readonly users?: readonly string[];
}

/** What a token must have been signed for, and who is logging in with it. */
export interface ExpectedLogin {
  readonly hostname: string;
  readonly port: number;
  /** Further ports for which a token may be signed. */
  readonly otherPorts?: readonly number[];
  readonly region: string;
  readonly username: string;
}

/** Why a token is refused. */
type TokenRefusal =
  | 'malformed'
  | 'service'
  | 'region'
  | 'host'
  | 'port'
  | 'user'
  | 'not-yet-valid'
  | 'expired'
  | 'unknown-key'
  | 'session-token'
  | 'signature'
  | 'credentials-expired'
  | 'not-authorized';

/** The outcome of a verification. */
export type TokenVerdict =
  | { readonly ok: true; readonly accessKeyId: string }
  | { readonly ok: false; readonly reason: TokenRefusal };

/** Everything a verification depends on; `now` is the server's wall clock. */
export interface VerifyTokenInput {
  readonly token: string;
  readonly expected: ExpectedLogin;
  readonly lookUp: (accessKeyId: string) => KnownCredentials | undefined;
  readonly now: number;
}

function scopeRefusal(token: ParsedToken, expected: ExpectedLogin): TokenRefusal | undefined {
  if (token.scope.service !== 'rds-db') return 'service';
  if (token.scope.region !== expected.region) return 'region';
  if (token.hostname.toLowerCase() !== expected.hostname.toLowerCase()) return 'host';
  if (token.port !== expected.port && !expected.otherPorts?.includes(token.port)) return 'port';
  if (token.username !== expected.username) return 'user';
  return undefined;
}

function timeRefusal(token: ParsedToken, now: number): TokenRefusal | undefined {
  if (token.signedAt > now + MAX_SKEW_MS) return 'not-yet-valid';
  if (token.expiresAt <= now) return 'expired';
  return undefined;
}

function signatureRefusal(token: ParsedToken, known: KnownCredentials): TokenRefusal | undefined {
  if (!isSameSecret(token.sessionToken ?? '', known.sessionToken ?? '')) return 'session-token';
  if (!isSameSecret(token.signature, expectedSignature(token, known.secretAccessKey)))
    return 'signature';
  return undefined;
}

/** Verifies an RDS authentication token by AWS's published rules, with no code of any signer. */
export function verifyToken({ token, expected, lookUp, now }: VerifyTokenInput): TokenVerdict {
  const parsed = parseToken(token);
  if (!parsed) return { ok: false, reason: 'malformed' };

  const untrusted = scopeRefusal(parsed, expected) ?? timeRefusal(parsed, now);
  if (untrusted) return { ok: false, reason: untrusted };

  const known = lookUp(parsed.accessKeyId);
  if (!known) return { ok: false, reason: 'unknown-key' };

  const unsigned = signatureRefusal(parsed, known);
  if (unsigned) return { ok: false, reason: unsigned };
  if (known.expiresAt !== undefined && known.expiresAt <= now)
    return { ok: false, reason: 'credentials-expired' };
  if (known.users && !known.users.includes(parsed.username))
    return { ok: false, reason: 'not-authorized' };
  return { ok: true, accessKeyId: parsed.accessKeyId };
}
