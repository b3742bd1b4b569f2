import type { Diagnostics } from '../logger';
import { describeEndpoint, type Endpoint } from '../endpoint/endpoint';
import { IamAuthError, isNotNeeded, messageOf } from '../errors';
import type { ConnectionLimiter, LoginBackoff, LoginOutcome, LoginSlot } from '../limiter/contract';
import type { LoginTrace } from './login-trace';
import type { PoolWatch } from '../sequelize/pool-watch';
import type { CredentialIdentity } from '../token/credential-identity';
import type { AuthToken } from '../token/token-cache';
import type { TokenProvider } from '../token/token-provider';

/** The wait ends at most this long before the pool's own timeout. A busy event loop may be late by most of it. */
const MARGIN_MS = 1_000;
/** While logins fail, a query that has waited this long gets the last error instead of waiting for `pool.acquire` to end. */
const FAILING_WAIT_MS = 10_000;

/** The pool that a connection is created for. */
export interface PoolContext {
  readonly watch: PoolWatch;
  /** Whether this is Sequelize's version probe, a connection outside the pool. */
  readonly isProbe: boolean;
}

export interface AdmissionDeps {
  readonly tokenProvider: TokenProvider;
  readonly limiter: ConnectionLimiter;
  /** Aborts when no connection may be opened any more. */
  readonly closed: AbortSignal;
  readonly diagnostics: Diagnostics;
}

export interface AdmissionRequest {
  readonly endpoint: Endpoint;
  readonly leaseMs: number;
  readonly backoff: LoginBackoff;
  readonly pool: PoolContext;
  /** Measures each part of the wait, if somebody observes it. */
  readonly trace?: LoginTrace | undefined;
}

/** Permission to log in now, with the token to do it. */
export interface Admission extends AuthToken {
  readonly slot: LoginSlot;
  /** What the token was signed with. */
  readonly credentials: CredentialIdentity;
}

/**
 * Waits for credentials, then for a slot, and only then signs or reuses a token: no slot is held while a role is assumed, and no wait
 * ages a token. The wait ends shortly before the pool would reject its oldest query, so that the query gets the reason.
 */
export async function admit(deps: AdmissionDeps, request: AdmissionRequest): Promise<Admission> {
  deps.closed.throwIfAborted();
  const { watch, isProbe } = request.pool;
  const { backoff, endpoint } = request;
  const acquireMs = watch.acquireTimeoutMs - Math.min(MARGIN_MS, watch.acquireTimeoutMs / 10);
  const ended = new AbortController();
  const giveUp = () =>
    ended.abort(backoff.failing ? backoff.lastError : waitedTooLong(endpoint, acquireMs));
  const maxWaitMs = () => (backoff.failing ? Math.min(acquireMs, FAILING_WAIT_MS) : acquireMs);
  const leave = isProbe ? endAfter(acquireMs, giveUp) : watch.add({ maxWaitMs, giveUp });
  // Not AbortSignal.any, which on Node 20 leaks memory on a long-lived signal.
  const close = () => ended.abort(deps.closed.reason);
  deps.closed.addEventListener('abort', close, { once: true });
  try {
    for (;;) {
      const admission = await tryToAdmit(deps, request, ended.signal, leave);
      if (admission !== undefined) return admission;
    }
  } finally {
    leave();
    deps.closed.removeEventListener('abort', close);
  }
}

/** One round. `undefined` if, when the slot came, the credentials had expired, logins had to back off, or the connection was not needed. */
async function tryToAdmit(
  { tokenProvider, limiter, closed, diagnostics }: AdmissionDeps,
  { endpoint, leaseMs, backoff, pool, trace }: AdmissionRequest,
  signal: AbortSignal,
  leave: () => void,
): Promise<Admission | undefined> {
  trace?.enter('credentialsWaitMs');
  const credentials = await tokenProvider.getCredentials(signal);
  trace?.enter('backoffWaitMs');
  await backoff.ready(signal);
  trace?.enter('slotWaitMs');
  const granted = await acquire(limiter, pool, signal, {
    key: `${endpoint.hostname}:${endpoint.port}`,
    leaseMs,
  });
  if (granted === undefined) return undefined;
  const slot = withSafeSettle(granted, diagnostics);
  if (!tokenProvider.isUsable(credentials) || !backoff.enter()) {
    slot.settle('notNeeded');
    return undefined;
  }
  leave();
  trace?.enter('signingMs');
  try {
    const authToken = await tokenProvider.getAuthToken(endpoint, credentials);
    closed.throwIfAborted();
    trace?.enter('loginMs');
    return { slot, credentials, ...authToken };
  } catch (error) {
    slot.settle('notNeeded');
    backoff.settle('notNeeded');
    throw error;
  }
}

/** `undefined` if the connection was not needed for a while and is needed again. */
async function acquire(
  limiter: ConnectionLimiter,
  { watch, isProbe }: PoolContext,
  signal: AbortSignal,
  request: { readonly key: string; readonly leaseMs: number },
): Promise<LoginSlot | undefined> {
  const isNeeded = isProbe ? undefined : () => watch.isNeeded();
  try {
    return await limiter.acquire({ ...request, signal, isNeeded });
  } catch (error) {
    if (isNotNeeded(error) && (await watch.isNeededAgain(signal))) return undefined;
    throw error;
  }
}

/** Logs an error of `settle`, thrown or rejected. A custom limiter must not break a connection that is already open. */
function withSafeSettle(slot: LoginSlot, { warn }: Diagnostics): LoginSlot {
  const settle: (outcome: LoginOutcome) => unknown = (outcome) => slot.settle(outcome);
  const complain = (error: unknown) =>
    warn(`sequelize-rds-iam: the limiter failed to settle a slot: ${messageOf(error)}`);
  return {
    settle: (outcome) => {
      new Promise((resolve) => resolve(settle(outcome))).catch(complain);
    },
  };
}

function endAfter(ms: number, end: () => void): () => void {
  const timer = setTimeout(end, ms);
  return () => clearTimeout(timer);
}

function waitedTooLong(endpoint: Endpoint, waitedMs: number): IamAuthError {
  const target = describeEndpoint(endpoint);
  return new IamAuthError(
    'ERR_IAM_AUTH_TIMEOUT',
    `No connection to ${target} could be opened within ${Math.round(waitedMs)} ms without exceeding the limit of new ` +
      `connections per second, or credentials were slow`,
    { fix: 'raise pool.acquire, or lower pool.max', endpoint: target },
  );
}
