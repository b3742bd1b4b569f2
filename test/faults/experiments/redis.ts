import { ok } from 'node:assert';
import { startRedis } from '../../harness/redis-server';
import type { Experiment, Seen } from '../experiment';
import { redisOf, shareRedis } from '../redis-stage';
import type { Stage } from '../stage';

/** Redis counts as lost after 1 s and is asked again 1.5 s later; then all wait for 3.5 s, and then for their turn. */
const LOST_AND_FOUND_MS = 8_000;

/** What all experiments with a Redis have: no query fails because of Redis. */
export const WITH_REDIS = {
  group: 'Redis limiter',
  isAlone: true,
  prepare: shareRedis,
  errors: [],
  queryMs: LOST_AND_FOUND_MS,
  recoveryMs: 0,
  // Each `run` throws unless its fault was met.
  isMet: ({ attempts }: Seen) => attempts.every(({ length }) => length > 0),
} as const;

const HOLD_MS = 4_000;
const BACK_MS = 60_000;
const OWN_SHARES = 'until then, each process takes its own share of the limit';

/** Keeps a fault that Redis answers nothing or errors, and throws unless the application has noticed. */
export async function loseRedis(
  stage: Stage,
  lose: () => Promise<unknown>,
  bringBack: () => Promise<unknown>,
): Promise<void> {
  await lose();
  await stage.wait(HOLD_MS);
  await bringBack();
  const { warnings } = redisOf(stage);
  ok(warnings.length > 0, 'The application has not noticed that Redis is lost');
}

/** Redis loses its memory, or its time. */
export const redisExperiments: readonly Experiment[] = [
  {
    id: 'redis-down',
    fault: 'Redis is down for 4 s, and comes back empty',
    remedy: `Start Redis; ${OWN_SHARES}`,
    ...WITH_REDIS,
    run: async (stage) => {
      const { server } = redisOf(stage);
      await loseRedis(
        stage,
        () => server.stop(),
        () => server.start(),
      );
    },
  },
  {
    id: 'redis-hangs',
    fault: 'Redis answers nothing for 4 s',
    remedy: `Look for a slow command with SLOWLOG; ${OWN_SHARES}`,
    ...WITH_REDIS,
    run: async (stage) => {
      const { admin } = redisOf(stage);
      await loseRedis(
        stage,
        () => admin.call('CLIENT', 'PAUSE', String(HOLD_MS), 'ALL'),
        () => admin.ping(),
      );
    },
  },
  {
    id: 'redis-slow',
    fault: 'Redis answers 300 ms late',
    remedy: 'Use a Redis of the same Region; each process makes one login in each answer’s time',
    ...WITH_REDIS,
    run: async (stage) => {
      const { way } = redisOf(stage);
      way.setLatency(150);
      await stage.wait(HOLD_MS);
      way.setLatency(0);
      const { warnings } = redisOf(stage);
      ok(warnings.length === 0, 'A Redis that answers late was taken for lost');
    },
  },
  {
    id: 'redis-flushed',
    fault: 'Redis is flushed twice a second, for 3 s',
    remedy: 'Use a Redis that nobody flushes: after each flush, no login starts for a second',
    ...WITH_REDIS,
    run: async (stage) => {
      const { admin } = redisOf(stage);
      let flushed = 0;
      for (let flush = 0; flush < 6; flush += 1) {
        flushed += await admin.dbsize();
        await admin.flushall();
        await stage.wait(500);
      }
      ok(flushed > 0, 'There was nothing to flush');
    },
  },
  {
    id: 'redis-failover',
    fault: 'Redis fails over to a replica that lacks everything',
    remedy: 'Nothing: no login starts for a second, and each process reports what it uses',
    ...WITH_REDIS,
    run: async (stage) => {
      const { way, admin } = redisOf(stage);
      const replica = await startRedis();
      stage.onClose(() => replica.stop());
      const keys = await admin.dbsize();
      way.leadTo(replica.port);
      way.cut();
      await stage.wait(HOLD_MS);
      ok(keys > 0 && (await admin.dbsize()) === keys, 'The first Redis was used on');
    },
  },
  {
    id: 'redis-clock-back',
    fault: 'The clock of Redis jumps back by an hour',
    remedy: 'Nothing: the times that Redis has stored move with its clock',
    ...WITH_REDIS,
    run: async (stage) => {
      const { admin } = redisOf(stage);
      // What a Redis holds whose clock was an hour ahead until now.
      const moved = await admin.eval(
        `
        local moved = 0
        for _, key in ipairs(redis.call('KEYS', '*')) do
          local kind = string.match(key, ':(%w+)$')
          if kind == 'state' then
            redis.call('HINCRBY', key, 'last', 3600000)
            redis.call('HINCRBY', key, 'opensAt', 3600000)
          elseif kind == 'slots' or kind == 'due' then
            for _, member in ipairs(redis.call('ZRANGE', key, 0, -1)) do
              redis.call('ZINCRBY', key, 3600000, member)
              moved = moved + 1
            end
          end
        end
        return moved`,
        0,
      );
      ok(Number(moved) > 0, 'Redis had stored no time');
      await stage.wait(HOLD_MS);
    },
  },
  {
    id: 'redis-client-clock-back',
    fault: 'The clock of a process that uses Redis jumps back by a minute, and forward again',
    remedy: 'Nothing: the limit is kept by the clock of Redis',
    ...WITH_REDIS,
    run: async (stage) => {
      const { now } = Date;
      // The endpoint of the credentials is of this process, and serves the other one too.
      stage.credentials.set({ expiresInMs: BACK_MS + HOLD_MS + 7_000 });
      Date.now = () => now() - BACK_MS;
      try {
        await stage.wait(HOLD_MS);
      } finally {
        Date.now = now;
      }
    },
  },
  {
    id: 'redis-holder-stops',
    fault: 'A process that holds slots is stopped for 4 s, and goes on',
    remedy: 'Nothing: its slots stay taken, and the others share the rest',
    ...WITH_REDIS,
    run: async (stage) => {
      const { second } = redisOf(stage);
      second.signal('SIGSTOP');
      await stage.wait(HOLD_MS);
      second.signal('SIGCONT');
    },
    // Its drivers find that their time is over before they read the answers that have come meanwhile.
    errors: ['ETIMEDOUT'],
    queryMs: LOST_AND_FOUND_MS + HOLD_MS,
  },
];
