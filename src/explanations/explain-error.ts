import { withoutFix } from '../errors';
import { attempt, oneLine, propertyOf, textOf } from '../untrusted';
import { KNOWN_ERRORS } from './known-errors';
import { credentialRows } from './credentials';
import type { KnownError } from './known-error';

/** What an error means and what to do about it, a line each. Holds no token and no credentials, so it can be shown and logged. */
export interface ErrorExplanation {
  /** The error's own code, SQLSTATE or class; `UNKNOWN` if it has none. */
  readonly code: string;
  /** Why it happens: a sentence without its period. */
  readonly cause: string;
  /** What to do: a sentence without its period. For an `IamAuthError`, its `fix`. */
  readonly fix: string;
}

/** The most errors of a chain that are read. A chain may be a ring. */
const MAX_CHAIN = 20;

/**
 * Explains an error on the way to a connection: of this package, Sequelize, the drivers, Node, the AWS SDK, RDS or RDS Proxy. Also
 * explains a line of the `iam-db-auth-error` log, as a string. Reads the errors in `cause`, `errors` and Sequelize 6's `parent` too.
 * An `IamAuthError` is explained by its own message and `fix`, except for errors of the AWS SDK's credential providers. An unknown
 * error keeps its own code, and the fix is to run the doctor.
 * @example
 * sequelize.authenticate().catch((error) => {
 *   const { code, cause, fix } = explainError(error);
 *   console.error(`${code}: ${cause}. ${fix}.`);
 * });
 */
export function explainError(error: unknown): ErrorExplanation {
  const chain = unwrapChain(error);
  const ownAt = chain.findIndex(({ own }) => own !== undefined);
  const own = chain[ownAt]?.own;
  const row =
    own === undefined
      ? firstMatch(KNOWN_ERRORS, chain)
      : own.code === 'ERR_IAM_AUTH_CREDENTIALS'
        ? firstMatch(credentialRows, chain.slice(ownAt + 1))
        : undefined;
  if (row !== undefined) return { code: row.code, cause: row.cause, fix: row.fix };
  if (own !== undefined) return own;
  const codes = chain.flatMap((traits) => traits.codes.map(String));
  const names = chain.map(({ name }) => name);
  return {
    // The driver's code says more than the class of the error that wraps it.
    code: oneLine(
      codes.find((code) => !names.includes(code)) ??
        codes.find((name) => name !== 'Error') ??
        'UNKNOWN',
    ),
    cause: 'This error is not known to come from IAM authentication',
    fix: 'Read its message and its cause; npx sequelize-rds-iam doctor checks the connection step by step',
  };
}

/** The first row of the table that matches any error of the chain. */
export function findKnownError(error: unknown): KnownError | undefined {
  return firstMatch(KNOWN_ERRORS, unwrapChain(error));
}

/** The fix for an error of a credential provider, if the error is known. */
export function credentialsFix(error: unknown): string | undefined {
  return firstMatch(credentialRows, unwrapChain(error))?.fix;
}

function firstMatch(
  rows: readonly KnownError[],
  chain: readonly ErrorTraits[],
): KnownError | undefined {
  return rows.find((row) => chain.some((traits) => isMatch(row, traits)));
}

interface ErrorTraits {
  readonly codes: readonly (string | number)[];
  /** The class, which is among the codes too. */
  readonly name?: unknown;
  readonly message: string;
  /** The explanation in an error of this package. */
  readonly own?: ErrorExplanation | undefined;
}

function isMatch({ code, pattern, codes }: KnownError, traits: ErrorTraits): boolean {
  const known = codes ?? (pattern === undefined ? [code] : []);
  return traits.codes.some((one) => known.includes(one)) || pattern?.test(traits.message) === true;
}

/** The error and what it wraps, outermost first. */
function unwrapChain(error: unknown): ErrorTraits[] {
  const seen = new Set<unknown>();
  const queue = [error];
  for (const next of queue) {
    if (next === undefined || next === null || seen.size >= MAX_CHAIN) continue;
    if (seen.has(next)) continue;
    seen.add(next);
    if (typeof next === 'object') queue.push(...wrappedIn(next));
  }
  return [...seen].map(traitsOf);
}

function wrappedIn(error: object): unknown[] {
  const errors = propertyOf(error, 'errors');
  const isList = attempt(() => Array.isArray(errors)) === true;
  return [
    propertyOf(error, 'cause') ?? parentOf(error),
    ...Array.from({ length: isList ? MAX_CHAIN : 0 }, (_, index) => propertyOf(errors, index)),
  ];
}

/** Reads each property once: a getter may answer differently the next time. */
function traitsOf(error: unknown): ErrorTraits {
  if (typeof error !== 'object' || error === null) return { codes: [], message: textOf(error) };
  const [code, errno, sqlState, name] = ['code', 'errno', 'sqlState', 'name'].map((each) =>
    propertyOf(error, each),
  );
  const message = propertyOf(error, 'message');
  const text = typeof message === 'string' ? message : '';
  return {
    codes: [code, errno, sqlState, name].filter(isCode),
    name,
    message: text,
    own: ownExplanation(code, text, propertyOf(error, 'fix')),
  };
}

/** Recognizes an error by its shape, so that errors of another copy of this package count too. */
function ownExplanation(
  code: unknown,
  message: string,
  fix: unknown,
): ErrorExplanation | undefined {
  if (typeof code !== 'string' || !code.startsWith('ERR_IAM_AUTH_')) return undefined;
  if (typeof fix !== 'string') return undefined;
  return { code: oneLine(code), cause: oneLine(withoutFix(message, fix)), fix: oneLine(fix) };
}

function isCode(value: unknown): value is string | number {
  return typeof value === 'string' || typeof value === 'number';
}

/** Sequelize 6's wrapped error. Version 7 has a `cause` instead, and logs a warning if `parent` is read. */
function parentOf(error: object): unknown {
  return propertyOf(error, 'parent') ?? propertyOf(error, 'original');
}
