import { monotonicNow } from '../async/clocks';
import { admit, type AdmissionDeps, type PoolContext } from './admission';
import type { PreparedLogins } from '../sequelize/prepared-logins';
import { loginTimeoutMs } from '../dialects/driver-options';
import { describeEndpoint } from '../endpoint/endpoint';
import { refuseOption } from '../errors';
import type { LoginBackoff } from '../limiter/contract';
import type { ResolvedOptions } from '../options';
import type { SequelizeInstance, ConnectionConfig } from '../sequelize/instance';
import type { Stats } from './stats';
import { settleBackoff } from './settle-backoff';
import { traceLogin } from './login-trace';
import { resolveEndpoint, trustedRoots } from './resolve-endpoint';

/** The slot outlives the driver's own timeout by this much, for the work of Sequelize and other hooks. */
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
 * Creates the `beforeConnect` hook, in which each new connection waits until it may log in, and gets its token.
 * The hook throws `IamAuthError`, or the last login's error while logins to the endpoint fail.
 */
export function createBeforeConnect(
  deps: BeforeConnectDeps,
): (config: ConnectionConfig | undefined) => Promise<void> {
  const { sequelize, prepared, stats, diagnostics } = deps;
  const { dialect } = sequelize;
  return async (config) => {
    deps.closed.throwIfAborted();
    if (config === undefined) {
      return refuseOption(
        'replication.read is empty',
        'name at least one host to read from, or remove replication',
      );
    }
    const driverConfig = sequelize.driverConfig(config);
    dialect.check(driverConfig);
    const { connectTarget, endpoint } = await resolveEndpoint(driverConfig, { ...deps, dialect });
    const ca = await trustedRoots(driverConfig, deps.options, endpoint.region);
    const loginKey = describeEndpoint(endpoint);
    const backoff = deps.backoffFor(loginKey);
    const { hostname, port, region } = endpoint;
    stats.addEndpoint(loginKey, () => ({
      hostname,
      port,
      region,
      slotsFree: deps.limiter.slotsFree?.(`${hostname}:${port}`),
      backoff: backoff.state,
    }));
    const pool = deps.poolContextOf(config);
    const leaseMs = loginTimeoutMs(driverConfig, dialect.timeoutOption) + LEASE_MARGIN_MS;
    const startedAt = monotonicNow();
    const trace = traceLogin(endpoint, dialect.name);
    const admitted = () => admit(deps, { endpoint, leaseMs, backoff, pool, trace });

    const { slot, credentials, token, reused } = await stats.whileWaiting(
      trace === undefined ? admitted : () => trace.admit(admitted),
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
        if (outcome === 'denied') deps.tokenProvider.noteDenial(token, credentials);
        // A silent server that never got the token cannot count this login later.
        const counted = outcome === 'timeout' && !isTaken ? 'failed' : outcome;
        slot.settle(counted);
        settleBackoff(backoff, outcome, error, endpoint, dialect.name);
        pool.watch.recheck();
        settled(outcome);
        trace?.settle(counted, error);
        diagnostics.debug(`Login ${outcome} for ${loginKey}`);
      },
    });
  };
}
