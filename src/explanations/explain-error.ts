import { withoutFix } from '../errors';
import { KNOWN_ERRORS } from './known-errors';
import { credentialRows } from './credentials';
import type { KnownError } from './known-error';

/** What an error means and what to do about it. Nothing of the error itself is in it, so it can be shown and logged. */
export interface ErrorExplanation {
  /** The error's own code, SQLSTATE or class; `UNKNOWN` when it has none. */
  readonly code: string;
  /** Why it happens, as a sentence without its full stop. */
  readonly cause: string;
  /** What to do, as a sentence without its full stop; of this package's own errors, their `fix`. */
  readonly fix: string;
}

/** How many errors of a chain are read; a chain may be a ring. */
const MAX_CHAIN = 20;

/**
 * Explains an error that a user may meet on the way to a connection: of this package, Sequelize, the drivers, Node, the AWS SDK,
 * RDS or RDS Proxy; also a line of the `iam-db-auth-error` log as text. Looks into `cause`, Sequelize 6's `parent`, and `errors`.
 * This package's own errors explain themselves, but for what the AWS SDK says about credentials. What is not known gets the error's
 * own code and the advice to run the doctor.
 */
export function explainError(error: unknown): ErrorExplanation {
  const chain = unwrapChain(error);
  const own = chain.findIndex((facts) => facts.own !== undefined);
  const row = own === -1 ? rowAmong(KNOWN_ERRORS, chain) : reasonOf(chain.slice(own));
  if (row !== undefined) return { code: row.code, cause: row.cause, fix: row.fix };
  const said = chain[own]?.own;
  if (said !== undefined) return said;
  const codes = chain.flatMap((facts) => facts.codes.map(String));
  const code = codes.find((name) => name !== 'Error') ?? 'UNKNOWN';
  return {
    code,
    cause: 'This error is not known to come from IAM authentication',
    fix: 'Read its message and its cause; npx sequelize-rds-iam doctor checks the connection step by step',
  };
}

/** The table's row for an error: the first row that matches any error of the chain, for rows stand from special to general. */
export function findKnownError(error: unknown): KnownError | undefined {
  return rowAmong(KNOWN_ERRORS, unwrapChain(error));
}

/** What to do about what a credential provider threw, where that is known. */
export function credentialsFix(error: unknown): string | undefined {
  return rowAmong(credentialRows, unwrapChain(error))?.fix;
}

function rowAmong(
  rows: readonly KnownError[],
  chain: readonly ErrorTraits[],
): KnownError | undefined {
  return rows.find((row) => chain.some((facts) => matches(row, facts)));
}

/** Why the provider chain failed, which an error of this package only passes on. */
function reasonOf([error, ...wrapped]: readonly ErrorTraits[]): KnownError | undefined {
  return error?.own?.code === 'ERR_IAM_AUTH_CREDENTIALS'
    ? rowAmong(credentialRows, wrapped)
    : undefined;
}

interface ErrorTraits {
  readonly codes: readonly (string | number)[];
  readonly message: string;
  /** What an error of this package says itself. */
  readonly own?: ErrorExplanation | undefined;
}

function matches({ codes = [], pattern }: KnownError, facts: ErrorTraits): boolean {
  return facts.codes.some((code) => codes.includes(code)) || pattern?.test(facts.message) === true;
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
  const { cause, errors } = error as Readonly<Record<string, unknown>>;
  return [cause ?? parentOf(error), ...(Array.isArray(errors) ? (errors as unknown[]) : [])];
}

function traitsOf(error: unknown): ErrorTraits {
  if (typeof error !== 'object' || error === null) return { codes: [], message: String(error) };
  const { code, errno, sqlState, name, message } = error as Readonly<Record<string, unknown>>;
  const codes = [code, errno, sqlState, name].filter(isCode);
  const text = typeof message === 'string' ? message : '';
  return { codes, message: text, own: ownExplanation(code, text, Reflect.get(error, 'fix')) };
}

/** By its shape, so that an error of another copy of this package is one too. */
function ownExplanation(
  code: unknown,
  message: string,
  fix: unknown,
): ErrorExplanation | undefined {
  if (typeof code !== 'string' || !code.startsWith('ERR_IAM_AUTH_')) return undefined;
  if (typeof fix !== 'string') return undefined;
  return { code, cause: withoutFix(message, fix), fix };
}

function isCode(value: unknown): value is string | number {
  return typeof value === 'string' || typeof value === 'number';
}

/** Sequelize 6's; version 7 has a `cause`, and warns of whoever reads this. */
function parentOf(error: object): unknown {
  return Reflect.get(error, 'parent') ?? Reflect.get(error, 'original');
}
