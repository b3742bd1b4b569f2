import { Redis } from 'ioredis';
import { createRedisLimiter } from 'sequelize-rds-iam/redis';
import { startForwarder, type Forwarder } from '../harness/forwarder';
import { startRedis, type RedisServer } from '../harness/redis-server';
import type { Settings } from './experiment';
import { startSecond, type Second } from './second-process';
import { MAX_USES, type Stage } from './stage';

/** The application and a second one, in a process of its own. */
const PROCESSES = 2;

/** A Redis through which two applications share the limit, and what experiments do to it. */
export interface SharedRedis {
  readonly server: RedisServer;
  /** Past the forwarder. */
  readonly admin: Redis;
  /** The applications reach the server through it. */
  readonly way: Forwarder;
  /** An application of another process, which uses the other client. */
  readonly second: Second;
  /** What the application was warned of. */
  readonly warnings: readonly string[];
}

/** Longer than Redis can be lost and found again: 1 s until it counts as lost, 1.5 s until it is asked again, 3.5 s until all have noticed. */
const REDIS_ACQUIRE_MS = 12_000;
/** The pool of applications with a Redis limiter. */
export const REDIS_POOL = { max: 8, acquire: REDIS_ACQUIRE_MS, maxUses: MAX_USES };

const shared = new WeakMap<Stage, SharedRedis>();

/** The Redis of a stage. */
export function redisOf(stage: Stage): SharedRedis {
  const redis = shared.get(stage);
  if (redis === undefined) throw new Error('This stage has no Redis');
  return redis;
}

/** Starts a Redis and a second application, and gives the first one a limiter on it. */
export async function shareRedis(stage: Stage): Promise<Settings> {
  const server = await startRedis();
  const way = await startForwarder(server.port);
  const connect = (port: number) =>
    // That Redis is gone is the experiment's matter.
    new Redis(port, server.host).on('error', () => undefined);
  const admin = connect(server.port);
  const client = connect(way.port);
  stage.onClose(async () => {
    client.disconnect();
    admin.disconnect();
    await way.close();
    await server.stop();
  });
  const second = await startSecond(stage, { redisPort: way.port });
  stage.join(second);
  const warnings: string[] = [];
  shared.set(stage, { server, admin, way, second, warnings });
  const logger = { warn: (message: string) => void warnings.push(message) };
  const limiter = createRedisLimiter(client, { processes: PROCESSES, logger });
  return { options: { pool: REDIS_POOL }, iamAuth: { limiter } };
}
