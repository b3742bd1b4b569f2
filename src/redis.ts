export { createRedisLimiter, type RedisLimiterOptions } from './limiter/redis-limiter';
export type { IoredisClient, NodeRedisClient, RedisClient } from './limiter/redis-client';
