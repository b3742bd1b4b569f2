import { ok } from 'node:assert';
import type { Experiment } from '../experiment';
import { redisOf } from '../redis-stage';
import type { Stage } from '../stage';
import { loseRedis, WITH_REDIS } from './redis';

const HOLD_MS = 4_000;
const OWN_SHARES = 'until then, each process takes its own share of the limit';

/** Puts a string in the place of each key of the package that ends so. */
async function spoil(stage: Stage, part: string): Promise<void> {
  const { admin } = redisOf(stage);
  const slots = await admin.keys('*:slots');
  ok(slots.length > 0, 'The package has no key');
  const keys = slots.map((key) => key.replace(/slots$/, part));
  await loseRedis(
    stage,
    () => Promise.all(keys.map((key) => admin.set(key, 'not of this package'))),
    () => admin.del(...keys),
  );
}

/** Redis answers errors. */
export const redisErrorExperiments: readonly Experiment[] = [
  ...['slots', 'turns', 'due', 'state'].map((part) => ({
    id: `redis-wrong-type-${part}`,
    fault: `The package’s key in Redis that ends in \`:${part}\` is of another type (WRONGTYPE)`,
    remedy: `Delete the key, and give the limiter a \`keyPrefix\` of its own; ${OWN_SHARES}`,
    ...WITH_REDIS,
    run: (stage: Stage) => spoil(stage, part),
  })),
  {
    id: 'redis-full',
    fault: 'Redis is full and evicts nothing (OOM)',
    remedy: `Raise \`maxmemory\`; ${OWN_SHARES}`,
    ...WITH_REDIS,
    run: async (stage) => {
      const { admin } = redisOf(stage);
      await loseRedis(
        stage,
        () => admin.config('SET', 'maxmemory', '1'),
        () => admin.config('SET', 'maxmemory', '0'),
      );
    },
  },
  {
    id: 'redis-read-only',
    fault: 'Redis has become a replica that only reads (READONLY)',
    remedy: `Connect the client to the primary; ${OWN_SHARES}`,
    ...WITH_REDIS,
    run: async (stage) => {
      const { admin } = redisOf(stage);
      await loseRedis(
        stage,
        // Nothing listens there, so it keeps its keys.
        () => admin.replicaof('127.0.0.1', 1),
        () => admin.replicaof('NO', 'ONE'),
      );
    },
  },
  {
    id: 'redis-password',
    fault: 'Redis has another password (NOAUTH)',
    remedy: `Give the client the password; ${OWN_SHARES}`,
    ...WITH_REDIS,
    run: async (stage) => {
      const { admin, way } = redisOf(stage);
      await loseRedis(
        stage,
        async () => {
          await admin.config('SET', 'requirepass', 'another');
          // Connections that are open stay authenticated.
          way.cut();
        },
        () => admin.config('SET', 'requirepass', ''),
      );
    },
  },
  {
    id: 'redis-scripts-flushed',
    fault: 'Redis forgets its scripts five times a second (NOSCRIPT)',
    remedy: 'Nothing: the package sends its script again',
    ...WITH_REDIS,
    run: async (stage) => {
      const { admin, warnings } = redisOf(stage);
      for (let flush = 0; flush < HOLD_MS / 200; flush += 1) {
        await admin.script('FLUSH');
        await stage.wait(200);
      }
      ok(warnings.length === 0, 'The application took Redis for lost');
    },
  },
];
