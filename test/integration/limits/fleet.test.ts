import { startFleet, type FleetRequest } from '../../../bench/fleet';
import { peakPerSecond } from 'rds-iam-emulator';
import { startRedis, type RedisServer } from '../../harness/redis-server';
import { until } from '../../harness/eventually';
import { CREDENTIALS, REGION, startRds, USERNAME, type Rds } from '../../harness/rds';

const LIMIT = 19;

let rds: Rds;
let redis: RedisServer;
beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis.stop());
beforeEach(async () => {
  // The processes resolve RDS's names to this machine, and so dial the emulator's own port.
  rds = await startRds({}, { isDirect: true });
});
afterEach(() => rds.close());

const start = (request: Omit<FleetRequest, 'endpoint' | 'limit'>) =>
  startFleet({
    ...request,
    limit: LIMIT,
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
  });

it('eight processes log in through one Redis, at most 19 times in any second, though two are killed on the way', async () => {
  const fleet = start({ redis, processes: 8, connections: 8 });
  await fleet.begun;
  await until(() => fleet.opened() >= 25);
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
});

it.each([
  { what: 'processes', areThreads: false },
  { what: 'worker threads', areThreads: true },
])('four $what without Redis take a fourth of the limit each', async ({ areThreads }) => {
  const fleet = start({ areThreads, processes: 4, connections: 9 });
  await fleet.done;
  const attempts = await rds.emulator.attempts();
  fleet.stop();

  expect(fleet.failures).toEqual([]);
  expect(fleet.said()).toBe('');
  expect(fleet.opened()).toBe(36);
  expect(peakPerSecond(attempts)).toBe(16);
});
