import { messageOf } from '../errors';
import { SCRIPT, SCRIPT_SHA } from './redis-script';

/** The methods that the package uses of an `ioredis` client, a cluster client included. */
export interface IoredisClient {
  evalsha(sha: string, keys: number, ...args: string[]): Promise<unknown>;
  eval(script: string, keys: number, ...args: string[]): Promise<unknown>;
}

/** The methods that the package uses of a `redis` (node-redis) client, a cluster client included. */
export interface NodeRedisClient {
  evalSha(sha: string, options: EvalOptions): Promise<unknown>;
  eval(script: string, options: EvalOptions): Promise<unknown>;
}

interface EvalOptions {
  keys: string[];
  arguments: string[];
}

/** A client that you have connected, and that you close. */
export type RedisClient = IoredisClient | NodeRedisClient;

/** Whether it is a client of either package. */
export function isRedisClient(value: unknown): value is RedisClient {
  const isMethod = (name: string) => typeof Reflect.get(Object(value), name) === 'function';
  return isMethod('eval') && (isMethod('evalsha') || isMethod('evalSha'));
}

/** Runs the script by its SHA, and sends its text only if Redis does not have it cached. */
export async function runScript(
  client: RedisClient,
  keys: string[],
  args: string[],
): Promise<unknown> {
  // node-redis 4 and later have both spellings of some commands; only ioredis has this one.
  const isIoredis = 'evalsha' in client;
  try {
    return isIoredis
      ? await client.evalsha(SCRIPT_SHA, keys.length, ...keys, ...args)
      : await client.evalSha(SCRIPT_SHA, { keys, arguments: args });
  } catch (error) {
    if (!messageOf(error).startsWith('NOSCRIPT')) throw error;
  }
  return isIoredis
    ? client.eval(SCRIPT, keys.length, ...keys, ...args)
    : client.eval(SCRIPT, { keys, arguments: args });
}
