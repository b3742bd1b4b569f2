import { monotonicNow } from '../async/clocks';
import { admit, type AdmissionDeps, type PoolContext } from './admission';
import type { PreparedLogins } from '../sequelize/prepared-logins';
import { loginTimeoutMs } from '../dialects/driver-options';
import { describeEndpoint } from '../endpoint/endpoint';
import { IamAuthError } from '../errors';
import type { LoginBackoff } from '../limiter/contract';
import type { ResolvedOptions } from '../options';
import type { SequelizeInstance } from '../sequelize/instance';
import type { Stats } from './stats';
import { resolveEndpoint, trustedRoots } from './resolve-endpoint';
import type { ConnectionConfig } from '../sequelize/instance';

/** The slot outlives the driver's own time-out by this, for what Sequelize and other hooks do around it. */
const LEASE_MARGIN_MS = 5_000;

export interface BeforeConnectDeps extends AdmissionDeps {
  readonly options: ResolvedOptions;
  readonly sequelize: Pick<SequelizeInstance, 'dialect' | 'driverConfig'>;
  readonly backoffFor: (loginKey: string) => LoginBackoff;
  readonly poolContextOf: (config: ConnectionConfig) => PoolContext;
  readonly prepared: PreparedLogins;
  readonly stats: Stats;
}

/**
 * The `beforeConnect` hook: each new connection waits here until it may log in, and leaves with a token.
 * Throws `IamAuthError`, or the last failed login's error when logins to the endpoint keep failing.
 */
export function createBeforeConnect(
  deps: BeforeConnectDeps,
): (config: ConnectionConfig | undefined) => Promise<void> {
  const { sequelize, prepared, stats, diagnostics } = deps;
  const { dialect } = sequelize;
  return async (config) => {
    deps.closed.throwIfAborted();
    if (config === undefined) throw noReadHost();
    const driverConfig = sequelize.driverConfig(config);
    dialect.check(driverConfig);
    const { connectTarget, endpoint } = await resolveEndpoint(driverConfig, { ...deps, dialect });
    const ca = await trustedRoots(driverConfig, deps.options, endpoint.region);
    const loginKey = describeEndpoint(endpoint);
    const backoff = deps.backoffFor(loginKey);
    const requester = deps.poolContextOf(config);
    const leaseMs = loginTimeoutMs(driverConfig, dialect.timeoutOption) + LEASE_MARGIN_MS;
    const startedAt = monotonicNow();

    const { slot, token, reused } = await stats.whileWaiting(() =>
      admit(deps, { endpoint, leaseMs, backoff, requester }),
    );

    const waitedMs = Math.round(monotonicNow() - startedAt);
    diagnostics.debug(
      `${reused ? 'Reused' : 'Signed'} a token for ${loginKey} (${endpoint.region}) after ${waitedMs} ms`,
    );
    const settled = stats.connecting();
    let isTaken = false;
    const takeToken = () => {
      isTaken = true;
      return token;
    };
    prepared.add(config, {
      login: { connectTarget, endpoint, ca, takeToken },
      expiresAt: monotonicNow() + leaseMs,
      settle: (outcome, error) => {
        if (outcome === 'denied') deps.tokenProvider.dropToken(token);
        // A silent server that was sent no token has none to count later.
        slot.settle(outcome === 'timeout' && !isTaken ? 'failed' : outcome);
        backoff.settle(outcome, error);
        requester.watch.recheck();
        settled(outcome);
        diagnostics.debug(`Login ${outcome} for ${loginKey}`);
      },
    });
  };
}

function noReadHost(): IamAuthError {
  return new IamAuthError('ERR_IAM_AUTH_OPTIONS', 'replication.read is empty', {
    fix: 'name at least one host to read from, or remove replication',
  });
}
