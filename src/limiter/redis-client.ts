import { messageOf } from '../errors';
import { SCRIPT, SCRIPT_SHA } from './redis-script';

/** What is used of a client of the `ioredis` package, a cluster's included. */
export interface IoredisClient {
  evalsha(sha: string, keys: number, ...args: string[]): Promise<unknown>;
  eval(script: string, keys: number, ...args: string[]): Promise<unknown>;
}

/** What is used of a client of the `redis` package (node-redis), a cluster's included. */
export interface NodeRedisClient {
  evalSha(sha: string, options: EvalOptions): Promise<unknown>;
  eval(script: string, options: EvalOptions): Promise<unknown>;
}

interface EvalOptions {
  keys: string[];
  arguments: string[];
}

export type RedisClient = IoredisClient | NodeRedisClient;

/** Whether this is a client of either package. */
export function isRedisClient(value: unknown): value is RedisClient {
  const isMethod = (name: string) => typeof Reflect.get(Object(value), name) === 'function';
  return isMethod('eval') && (isMethod('evalsha') || isMethod('evalSha'));
}

/** Runs the script by its name, which spares sending it, or by its text where Redis does not know it (yet, or any more). */
export async function runScript(
  client: RedisClient,
  keys: string[],
  args: string[],
): Promise<unknown> {
  // node-redis 4 and later answer to both spellings of some commands; only ioredis has this one.
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
