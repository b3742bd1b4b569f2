import { definedIn } from './defined-in';
import { DEFAULT_LIMIT, type ConnectionLimiter, type LimiterOptions } from '../limiter/contract';
import { checkOptions, positive } from '../option-rules';

/** Sequelize's own default for `max`: how many connections a database can hold is the user's to decide, so never more. */
const SEQUELIZE_MAX = 5;
const CONNECT_TIMEOUT_MS = 10_000;

/** Sequelize's pool options that matter to the rate of new connections. Times in milliseconds. */
export interface PoolPreset {
  max: number;
  min: number;
  acquire: number;
  idle: number;
}

export interface PoolPresetOptions {
  /** How many processes share the limit. Default 1. */
  processes?: number | undefined;
  /** Most new connections per second of all processes together. Default 19. */
  limit?: number | undefined;
}

/**
 * Pool settings that stay below `limit` new connections per second on a healthy server, the limiter aside.
 * With the share s = limit / processes:
 * `max` = s − 1 rounded down, at least 1, at most Sequelize's default 5, so that a pool and Sequelize's version probe start within a second's share;
 * `acquire` = 60 s, or longer where filling the pool at s per second takes longer, because the wait for a slot counts;
 * `idle` = 5 min, because each connection that is closed costs a new login; `min` = 0.
 * Throws `ERR_IAM_AUTH_OPTIONS` for numbers that are not above 0.
 */
export function poolPreset(options: PoolPresetOptions = {}): PoolPreset {
  checkOptions(options, 'poolPreset', { processes: positive, limit: positive });
  const { processes = 1, limit = DEFAULT_LIMIT } = options;
  const share = limit / processes;
  const max = Math.max(1, Math.min(SEQUELIZE_MAX, Math.floor(share) - 1));
  return { max, min: 0, acquire: Math.max(60_000, fillMs(max, share)), idle: 300_000 };
}

/** The pool settings to use where the user set none: the preset for the share that this `limiter` option gives. */
export function presetFor(limiter: LimiterOptions | ConnectionLimiter | false = {}): PoolPreset {
  if (limiter === false || 'acquire' in limiter) return poolPreset();
  const { limit, processes } = limiter;
  return poolPreset({ limit, processes });
}

/** Sequelize's `pool` option with the preset for what it leaves unset. */
export function fillPool(
  pool: object | null | undefined,
  limiter?: LimiterOptions | ConnectionLimiter | false,
): object {
  return { ...presetFor(limiter), ...definedIn(pool ?? {}) };
}

/** A pool as Sequelize runs it. */
export interface PoolSettings {
  readonly max: number;
  readonly acquire: number;
  readonly idle: number;
  readonly maxUses: number;
}

/** What about a pool contradicts the limit, one sentence each with its remedy. */
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

/** The time in which `max` connections and a version probe are open at `share` per second, each login taking up to a second. */
function fillMs(max: number, share: number): number {
  return Math.ceil(((max + 1) / share) * 2_000) + CONNECT_TIMEOUT_MS;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
