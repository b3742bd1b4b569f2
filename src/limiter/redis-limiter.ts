import { monotonicNow } from '../async/clocks';
import { refuseOption } from '../errors';
import { createDiagnostics, type IamAuthLogger } from '../logger';
import { checkedOptions, count, logger, positive, text, type Rules } from '../option-rules';
import { DEFAULT_LIMIT, type ConnectionLimiter } from './contract';
import { isRedisClient, runScript, type RedisClient } from './redis-client';
import { RedisQueue } from './redis-queue';
import { getOrCreate, limiterOf } from './process-registry';
import { shareOf } from './memory-slots';

const DEFAULT_KEY_PREFIX = 'sequelize-rds-iam:';

/** The options of `createRedisLimiter`. */
export interface RedisLimiterOptions {
  /**
   * Most logins in any second, from all processes that share the key. Use the same value in all of them.
   * @default 19
   */
  limit?: number | undefined;
  /**
   * What the limit applies to. Use one key for endpoints that belong to the same instance.
   * @default the signed endpoint, `hostname:port`
   */
  key?: string | undefined;
  /**
   * The beginning of every key in Redis.
   * @default 'sequelize-rds-iam:'
   */
  keyPrefix?: string | undefined;
  /**
   * How many processes (worker threads included) share the limit. While Redis does not answer, each takes an equal part of it.
   * @default `limit`, rounded up: one login per second for each process
   */
  processes?: number | undefined;
  /**
   * Receives a warning when Redis stops answering, and a debug message when it answers again.
   * @default the warning goes to `process.emitWarning`
   */
  logger?: IamAuthLogger | undefined;
}

const rules: Rules = { limit: positive, key: text, keyPrefix: text, processes: count, logger };

/**
 * Creates a limiter for the `limiter` option. All processes with the same Redis (5 or later, or Valkey), prefix and key share it: at
 * most `limit` of their logins reach the server in any second.
 * If Redis does not answer within a second, each process takes its own part of the limit until Redis answers again. No connection
 * fails because of Redis.
 * @param client a client of `ioredis` or `redis` (node-redis), which you connect and close
 * @throws `IamAuthError` with `ERR_IAM_AUTH_OPTIONS` for another client, and for an option that is unknown or of the wrong type
 * @example
 * const limiter = createRedisLimiter(new Redis(), { processes: 20 });
 * addIamAuth(sequelize, { limiter });
 */
export function createRedisLimiter(
  client: RedisClient,
  options: RedisLimiterOptions = {},
): ConnectionLimiter {
  const given = checkedOptions(options, 'createRedisLimiter', rules, 'createRedisLimiter options');
  if (!isRedisClient(client)) {
    refuseOption(
      'createRedisLimiter: client must be a client of ioredis or redis (node-redis)',
      'give a client of ioredis or redis',
    );
  }
  const { limit = DEFAULT_LIMIT, keyPrefix = DEFAULT_KEY_PREFIX } = given;
  const { processes = Math.ceil(limit) } = given;
  const queues = new Map<string, RedisQueue>();
  return {
    acquire: (request) => {
      const name = given.key ?? request.key;
      const key = `${keyPrefix}${name}`;
      const queue = getOrCreate(queues, key, () => {
        // A cluster places keys by the text in braces, so all of these are on one node.
        const keys = ['slots', 'turns', 'due', 'state'].map((part) => `{${key}}:${part}`);
        return new RedisQueue({
          call: (args) => runScript(client, keys, args),
          key: name,
          share: shareOf(limit, 1),
          fallback: limiterOf({ limit, processes, key: `without Redis: ${key}` }),
          diagnostics: createDiagnostics(given.logger),
          now: monotonicNow,
          random: Math.random,
        });
      });
      return queue.acquire(request);
    },
  };
}
