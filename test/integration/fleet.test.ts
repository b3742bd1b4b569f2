import { setTimeout as sleep } from 'node:timers/promises';
import { startFleet } from '../../bench/fleet';
import { peakPerSecond } from '../emulator/attempt-log';
import { startRedis } from '../emulator/redis-server';
import { CREDENTIALS, REGION, startRds, USERNAME } from './rds';

const LIMIT = 19;

it('eight processes log in through one Redis, at most 19 times in any second, though two are killed on the way', async () => {
  // The processes resolve RDS's names to this machine, and so dial the emulator's own port.
  const rds = await startRds({}, { isDirect: true });
  const redis = await startRedis();
  const fleet = startFleet({
    endpoint: {
      target: {
        host: rds.hostname,
        port: rds.emulator.port,
        username: USERNAME,
        database: 'app',
        region: REGION,
        ca: rds.authority.caPem,
        credentials: CREDENTIALS,
        profile: undefined,
      },
    },
    redis,
    processes: 8,
    connections: 8,
    limit: LIMIT,
  });
  while (fleet.opened() < 25) await sleep(20);
  const missing = fleet.kill(2);
  await fleet.done;
  const attempts = await rds.emulator.attempts();
  fleet.stop();

  expect(fleet.failures).toEqual([]);
  expect(fleet.said()).toBe('');
  expect(missing).toBeGreaterThan(0);
  expect(fleet.opened()).toBeGreaterThanOrEqual(64 - missing);
  expect(peakPerSecond(attempts)).toBeLessThanOrEqual(LIMIT);
  expect(peakPerSecond(attempts)).toBeGreaterThan(LIMIT / 2);
  await rds.close();
  await redis.stop();
});
