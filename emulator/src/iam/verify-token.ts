import type { KnownCredentials } from './access-keys';
import { accountOf, databaseUserArn, evaluatePolicies } from './policy';
import { parsePolicy, type PolicyDocument } from './policy-document';
import type { RefusalDetails, TokenRefusal } from './refusal';
import { isSameSecret } from './sigv4';
import { expectedSignature, parseToken, type ParsedToken } from './sigv4-token';

const MAX_SKEW_MS = 5 * 60_000;
const HIDDEN = '(hidden)';

/** The resource id of a database whose endpoint has none. */
const DEFAULT_RESOURCE_ID = 'cluster-ABCDEFGHIJKL';
/** The account of a database whose endpoint has none. */
export const DEFAULT_ACCOUNT = '123456789012';

/** What a token must have been signed for, and who is logging in with it. */
export interface ExpectedLogin {
  readonly hostname: string;
  readonly port: number;
  /** Further ports for which a token may be signed. */
  readonly otherPorts?: readonly number[];
  readonly region: string;
  readonly username: string;
  /** Of the DB cluster or the DB instance; {@link DEFAULT_RESOURCE_ID} without one. */
  readonly resourceId?: string;
  /** The database’s; {@link DEFAULT_ACCOUNT} without one. */
  readonly account?: string;
}

/** The outcome of a verification. */
export type TokenVerdict =
  | { readonly ok: true; readonly accessKeyId: string }
  | { readonly ok: false; readonly reason: TokenRefusal; readonly details: RefusalDetails };

/** Everything a verification depends on; `now` is the server's wall clock. */
export interface VerifyTokenInput {
  readonly token: string;
  readonly expected: ExpectedLogin;
  readonly lookUp: (accessKeyId: string) => KnownCredentials | undefined;
  readonly now: number;
}

type Finding = Omit<RefusalDetails, 'username'> & { readonly reason: TokenRefusal };

function scopeFinding(token: ParsedToken, expected: ExpectedLogin): Finding | undefined {
  const { scope, hostname, port, username } = token;
  if (scope.service !== 'rds-db')
    return { reason: 'service', expected: 'rds-db', found: scope.service };
  if (scope.region !== expected.region)
    return { reason: 'region', expected: expected.region, found: scope.region };
  // Names of hosts have no case; AWS documents no other rule.
  if (hostname.toLowerCase() !== expected.hostname.toLowerCase())
    return { reason: 'host', expected: expected.hostname, found: hostname };
  if (port !== expected.port && !expected.otherPorts?.includes(port))
    return { reason: 'port', expected: expected.port, found: port };
  if (username !== expected.username)
    return { reason: 'user', expected: expected.username, found: username };
  return undefined;
}

function timeFinding(token: ParsedToken, now: number): Finding | undefined {
  if (token.signedAt > now + MAX_SKEW_MS) return { reason: 'not-yet-valid' };
  if (token.expiresAt <= now) return { reason: 'expired' };
  return undefined;
}

function proofFinding(token: ParsedToken, known: KnownCredentials): Finding | undefined {
  if (!isSameSecret(token.sessionToken ?? '', known.sessionToken ?? ''))
    return { reason: 'session-token' };
  if (!isSameSecret(token.signature, expectedSignature(token, known.secretAccessKey)))
    return { reason: 'signature' };
  return undefined;
}

function policyFinding(known: KnownCredentials, expected: ExpectedLogin): Finding | undefined {
  const { resourceId = DEFAULT_RESOURCE_ID, account = DEFAULT_ACCOUNT, username } = expected;
  const user = { region: expected.region, account, resourceId, username };
  const verdict = evaluatePolicies(policiesOf(known, username), user);
  // Nothing but a policy of the database's own account can allow it: `rds-db` has no resource-based policies.
  const isForeign = known.arn !== undefined && accountOf(known.arn) !== account;
  if (verdict === 'allowed' && !isForeign) return undefined;
  const reason = verdict === 'denied' ? 'not-authorized' : 'wrong-account';
  return { reason, expected: databaseUserArn(user) };
}

const ALLOW_ALL: PolicyDocument = {
  Statement: { Effect: 'Allow', Action: 'rds-db:connect', Resource: '*' },
};

function policiesOf({ users, policies }: KnownCredentials, username: string): PolicyDocument[] {
  const isAllowed = users ? users.includes(username) : policies === undefined;
  // Checked again: those that an endpoint was given did not pass through `AccessKeys`.
  return [...(isAllowed ? [ALLOW_ALL] : []), ...(policies ?? []).map(parsePolicy)];
}

function keyFinding(
  token: ParsedToken,
  { expected, lookUp, now }: VerifyTokenInput,
): Finding | undefined {
  const known = lookUp(token.accessKeyId);
  // A look-up in an object finds `constructor` too, whose secret would be `undefined`.
  if (typeof known?.secretAccessKey !== 'string')
    return { reason: 'unknown-key', caller: token.accessKeyId };

  const isExpired = known.expiresAt !== undefined && known.expiresAt <= now;
  const finding =
    proofFinding(token, known) ??
    (isExpired ? { reason: 'credentials-expired' as const } : policyFinding(known, expected));
  return finding && { caller: known.arn ?? token.accessKeyId, ...finding };
}

/** The details without what a client put in a wrong place, such as a token for a user name. */
function withoutSecrets(details: RefusalDetails, parsed?: ParsedToken): RefusalDetails {
  const secrets = ['X-Amz-', parsed?.signature, parsed?.sessionToken];
  const isSecret = (value: unknown) =>
    secrets.some((secret) => secret !== undefined && String(value).includes(secret));
  return {
    ...details,
    ...(isSecret(details.username) && { username: HIDDEN }),
    ...(isSecret(details.caller) && { caller: HIDDEN }),
    ...(isSecret(details.found) && { found: HIDDEN }),
  };
}

/** Verifies an RDS authentication token by AWS's published rules, with no code of any signer. */
export function verifyToken(input: VerifyTokenInput): TokenVerdict {
  const { token, expected, now } = input;
  const { username } = expected;
  const parsed = parseToken(token);
  if (!parsed) return { ok: false, reason: 'malformed', details: withoutSecrets({ username }) };

  const finding =
    scopeFinding(parsed, expected) ?? timeFinding(parsed, now) ?? keyFinding(parsed, input);
  if (!finding) return { ok: true, accessKeyId: parsed.accessKeyId };
  const { reason, ...details } = finding;
  return { ok: false, reason, details: withoutSecrets({ username, ...details }, parsed) };
}
