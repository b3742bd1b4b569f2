import { monotonicNow } from '../async/clocks';
import { refuseOption } from '../errors';
import { createDiagnostics } from '../logger';
import { checkOptions, count, logger, positive, text, type Rules } from '../option-rules';
import type { IamAuthLogger } from '../logger';
import { DEFAULT_LIMIT, type ConnectionLimiter } from './contract';
import { isRedisClient, runScript, type RedisClient } from './redis-client';
import { RedisQueue } from './redis-queue';
import { limiterOf } from './process-registry';
import { shareOf } from './memory-slots';

const DEFAULT_KEY_PREFIX = 'sequelize-rds-iam:';

export interface RedisLimiterOptions {
  /** Most logins in any sliding second, of all processes that share the key. Give all of them the same. Default 19. */
  limit?: number | undefined;
  /** What the limit applies to. Default the signed endpoint, `hostname:port`; name one key for endpoints that share an instance. */
  key?: string | undefined;
  /** Comes before every key in Redis. Default `sequelize-rds-iam:`. */
  keyPrefix?: string | undefined;
  /**
   * How many processes (worker threads included) share the limit. While Redis does not answer, each takes an equal part.
   * Default as many as `limit`, so one login per second each.
   */
  processes?: number | undefined;
  /** Told once when Redis stops answering, and when it answers again. Default: the warning goes to `process.emitWarning`. */
  logger?: IamAuthLogger | undefined;
}

const rules: Rules = { limit: positive, key: text, keyPrefix: text, processes: count, logger };

/**
 * A limiter for the `limiter` option that all processes with the same Redis (5 or later, or Valkey), prefix and key share: at most
 * `limit` of their logins reach the server in any second. The client is one of `ioredis` or `redis`, is connected by you and closed
 * by you. While Redis does not answer within a second, each process takes its own share; no connection fails because of it.
 * Throws `ERR_IAM_AUTH_OPTIONS` for another client, or an option that is unknown or of the wrong type.
 */
export function createRedisLimiter(
  client: RedisClient,
  options: RedisLimiterOptions = {},
): ConnectionLimiter {
  checkOptions(options, 'createRedisLimiter', rules, 'createRedisLimiter options');
  if (!isRedisClient(client)) {
    refuseOption(
      'createRedisLimiter: client must be a client of ioredis or redis (node-redis)',
      'give a client of ioredis or redis',
    );
  }
  const { limit = DEFAULT_LIMIT, keyPrefix = DEFAULT_KEY_PREFIX } = options;
  const { processes = Math.ceil(limit) } = options;
  const queues = new Map<string, RedisQueue>();
  return {
    acquire: (request) => {
      const key = `${keyPrefix}${options.key ?? request.key}`;
      const existing = queues.get(key);
      if (existing !== undefined) return existing.acquire(request);
      // In a cluster, what stands in braces decides where a key lives: all of these on one node.
      const keys = ['slots', 'turns', 'due', 'state'].map((part) => `{${key}}:${part}`);
      const queue = new RedisQueue({
        call: (args) => runScript(client, keys, args),
        share: shareOf(limit, 1),
        fallback: limiterOf({ limit, processes, key: `without Redis: ${key}` }),
        diagnostics: createDiagnostics(options.logger),
        now: monotonicNow,
        random: Math.random,
      });
      queues.set(key, queue);
      return queue.acquire(request);
    },
  };
}
