import type { Dialect } from '../dialects/dialect';
import type { Endpoint } from '../endpoint/endpoint';
import type { LoginBackoff, LoginOutcome } from '../limiter/contract';
import { backoffChannel } from '../observe/channels';
import { errorCodeOf } from '../observe/error-code';

/** Settles the backoff with a login's outcome, and publishes what changed. */
export function settleBackoff(
  backoff: LoginBackoff,
  outcome: LoginOutcome,
  error: unknown,
  endpoint: Endpoint,
  dialect: Dialect['name'],
): void {
  const wasFailing = backoff.failing;
  backoff.settle(outcome, error);
  const isFailing = backoff.failing;
  if (!backoffChannel.hasSubscribers || outcome === 'notNeeded') return;
  if (!wasFailing && !isFailing) return;
  const { hostname, port, region } = endpoint;
  backoffChannel.publish({
    endpoint: { hostname, port, region },
    dialect,
    failures: backoff.state?.failures ?? Number(isFailing),
    delayMs: backoff.state?.delayMs ?? 0,
    errorCode: errorCodeOf(error),
  });
}
