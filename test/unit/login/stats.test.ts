import { IamAuthError } from '../../../src/errors';
import { Stats } from '../../../src/login/stats';

const ZERO = {
  ...{ waiting: 0, connecting: 0, accepted: 0, denied: 0, failed: 0, notNeeded: 0 },
  ...{ loginsInLastSecond: 0, endpoints: [] },
};

it('counts connections while they wait, whether they succeed or fail', async () => {
  const stats = new Stats();
  const ends: (() => void)[] = [];
  const hold = () => new Promise<string>((resolve) => ends.push(() => resolve('token')));
  const waits = [stats.whileWaiting(hold), stats.whileWaiting(hold)];
  expect(stats.read()).toEqual({ ...ZERO, waiting: 2 });
  ends.forEach((end) => end());
  await expect(Promise.all(waits)).resolves.toEqual(['token', 'token']);
  await expect(stats.whileWaiting(() => Promise.reject(new Error('x')))).rejects.toThrow('x');
  expect(stats.read()).toEqual(ZERO);
});

it('counts a wait that ends as unwanted', async () => {
  const stats = new Stats();
  const unwanted = new IamAuthError('ERR_IAM_AUTH_NOT_NEEDED', 'nobody waits');
  await expect(stats.whileWaiting(() => Promise.reject(unwanted))).rejects.toBe(unwanted);
  expect(stats.read()).toEqual({ ...ZERO, notNeeded: 1 });
});

it.each([
  ['accepted', { accepted: 1 }],
  ['denied', { denied: 1 }],
  ['failed', { failed: 1 }],
  ['timeout', { failed: 1 }],
  ['notNeeded', { notNeeded: 1 }],
] as const)('counts a login as under way until it was %s', (outcome, counts) => {
  const stats = new Stats();
  const settled = stats.connecting();
  expect(stats.read()).toEqual({ ...ZERO, connecting: 1, loginsInLastSecond: 1 });
  settled(outcome);
  expect(stats.read()).toEqual({ ...ZERO, ...counts, loginsInLastSecond: 1 });
});

it('hands out a copy', () => {
  const stats = new Stats();
  const before = stats.read();
  stats.connecting();
  expect(before).toEqual(ZERO);
});

it('counts the logins that began within the last second', () => {
  let now = 5_000;
  const stats = new Stats(() => now);
  const inLastSecond = () => stats.read().loginsInLastSecond;
  stats.connecting();
  now += 400;
  stats.connecting()('accepted');
  now += 599;
  expect(inLastSecond()).toBe(2);
  now += 1;
  expect(inLastSecond()).toBe(1);
  now += 400;
  expect(inLastSecond()).toBe(0);
  stats.connecting();
  expect(inLastSecond()).toBe(1);
});

it('reads each endpoint as it is now, once for a user', () => {
  const stats = new Stats();
  const backoff = { failures: 0, delayMs: 0 };
  const endpoint = { hostname: 'db', port: 3306, region: 'eu-west-1', backoff };
  let slotsFree = 19;
  for (const user of ['a', 'b', 'a'])
    stats.addEndpoint(`${user}@db:3306`, () => ({ ...endpoint, slotsFree }));
  slotsFree = 3;

  expect(stats.read().endpoints).toEqual(Array(2).fill({ ...endpoint, slotsFree: 3 }));
});

it('passes on the age of the credentials', () => {
  expect(new Stats().read({ ageMs: 5, expiresInMs: 7 }).credentials).toEqual({
    ageMs: 5,
    expiresInMs: 7,
  });
});
