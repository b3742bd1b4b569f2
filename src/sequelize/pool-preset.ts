import { definedIn } from './defined-in';
import { DEFAULT_LIMIT, type LimiterOptions } from '../limiter/contract';
import type { IamAuthOptions } from '../options';
import type { Pool } from './pool-watch';
import { checkedOptions, positive } from '../option-rules';

/** Sequelize's own default for `max`. The preset never exceeds it: only you know how many connections your database can hold. */
const SEQUELIZE_MAX = 5;
const CONNECT_TIMEOUT_MS = 10_000;

/** Sequelize's pool options that affect the rate of new connections. Times in milliseconds. */
export interface PoolPreset {
  max: number;
  min: number;
  acquire: number;
  idle: number;
}

/** The options of `poolPreset`. */
export interface PoolPresetOptions {
  /**
   * How many processes, worker threads included, share the limit.
   * @default 1
   * @example 4
   */
  processes?: number | undefined;
  /**
   * The most new connections per second of all processes together.
   * @default 19
   * @example 100
   */
  limit?: number | undefined;
}

/**
 * Returns pool settings that keep a healthy application below `limit` new connections per second, even without the limiter.
 * Each process's share is s = `limit` / `processes`:
 *
 * - `max`: s − 1 rounded down, at least 1, at most Sequelize's default of 5. The pool and Sequelize's version probe then fit into one
 *   second's share.
 * - `acquire`: 60,000 ms, or longer if filling the pool at s per second takes longer, because waiting for a slot counts towards it.
 * - `idle`: 300,000 ms, because every closed connection costs a new login.
 * - `min`: 0.
 *
 * @throws `ERR_IAM_AUTH_OPTIONS` for a number that is not above 0, and for an unknown option.
 *
 * @example
 * new Sequelize({ dialect: 'mysql', pool: poolPreset({ processes: 4 }) });
 */
export function poolPreset(options: PoolPresetOptions = {}): PoolPreset {
  const { processes = 1, limit = DEFAULT_LIMIT } = checkedOptions(options, 'poolPreset', {
    processes: positive,
    limit: positive,
  });
  const share = limit / processes;
  const max = Math.max(1, Math.min(SEQUELIZE_MAX, Math.floor(share) - 1));
  return { max, min: 0, acquire: Math.max(60_000, fillMs(max, share)), idle: 300_000 };
}

/** The preset for the share that this `limiter` option gives. */
export function presetFor(limiter: IamAuthOptions['limiter'] = {}): PoolPreset {
  if (limiter === false || 'acquire' in limiter) return poolPreset();
  const { limit, processes } = limiter;
  return poolPreset({ limit, processes });
}

/** Sequelize's `pool` option, with the preset for unset settings. */
export function fillPool(
  pool: object | null | undefined,
  limiter: IamAuthOptions['limiter'],
): object {
  return { ...presetFor(limiter), ...definedIn(pool ?? {}) };
}

/** The effective settings of a Sequelize pool. */
export interface PoolSettings {
  readonly max: number;
  readonly acquire: number;
  readonly idle: number;
  readonly maxUses: number;
}

/** Reads the effective settings of a pool. */
export function readPoolSettings(pool: Pool): PoolSettings {
  return {
    max: pool.maxSize,
    acquire: pool.acquireTimeoutMillis,
    idle: pool.idleTimeoutMillis,
    maxUses: pool.maxUsesPerResource,
  };
}

/** The settings that defeat the limit, one sentence each, with the fix. */
export function poolProblems(
  pool: PoolSettings,
  { limit = DEFAULT_LIMIT, processes = 1 }: LimiterOptions,
): string[] {
  const share = limit / processes;
  const fill = fillMs(pool.max, share);
  const problems: string[] = [];
  if (pool.acquire < fill) {
    problems.push(
      `pool.acquire is ${pool.acquire} ms, but opening ${pool.max} connections at ${round(share)} per second can take ` +
        `${fill} ms and counts towards it: raise pool.acquire or lower pool.max`,
    );
  }
  const churn = (pool.max * 1_000) / pool.idle;
  if (churn > share) {
    problems.push(
      `pool.idle is ${pool.idle} ms, so ${pool.max} idle connections could be reopened ${round(churn)} times per second: raise pool.idle`,
    );
  }
  if (pool.maxUses < 100) {
    problems.push(
      `pool.maxUses is ${pool.maxUses}, so connections are reopened every few queries: remove pool.maxUses`,
    );
  }
  return problems;
}

/** The time to open `max` connections and a version probe at `share` per second, if each login takes up to a second. */
function fillMs(max: number, share: number): number {
  return Math.ceil(((max + 1) / share) * 2_000) + CONNECT_TIMEOUT_MS;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
