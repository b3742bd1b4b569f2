type LoginOutcome = 'accepted' | 'denied' | 'failed' | 'timeout' | 'notNeeded';
interface LoginSlot {
  settle(outcome: LoginOutcome): void;
}
interface LoginSlotRequest {
  readonly key: string;
  readonly leaseMs: number;
  readonly isNeeded?: (() => boolean) | undefined;
  readonly signal?: AbortSignal | undefined;
}
interface ConnectionLimiter {
  acquire(request: LoginSlotRequest): Promise<LoginSlot>;
  slotsFree?(key: string): number | undefined;
}
interface IamAuthLogger {
  debug?: ((message: string) => void) | undefined;
  warn?: ((message: string) => void) | undefined;
  warning?: ((message: string) => void) | undefined;
}
interface IoredisClient {
  evalsha(sha: string, keys: number, ...args: string[]): Promise<unknown>;
  eval(script: string, keys: number, ...args: string[]): Promise<unknown>;
}
interface NodeRedisClient {
  evalSha(sha: string, options: EvalOptions): Promise<unknown>;
  eval(script: string, options: EvalOptions): Promise<unknown>;
}
interface EvalOptions {
  keys: string[];
  arguments: string[];
}
type RedisClient = IoredisClient | NodeRedisClient;
interface RedisLimiterOptions {
  limit?: number | undefined;
  key?: string | undefined;
  keyPrefix?: string | undefined;
  processes?: number | undefined;
  logger?: IamAuthLogger | undefined;
}
declare function createRedisLimiter(
  client: RedisClient,
  options?: RedisLimiterOptions,
): ConnectionLimiter;
export { createRedisLimiter };
export type { IoredisClient, NodeRedisClient, RedisClient, RedisLimiterOptions };
