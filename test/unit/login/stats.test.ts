import { IamAuthError } from '../../../src/errors';
import { Stats } from '../../../src/login/stats';

const ZERO = { waiting: 0, connecting: 0, accepted: 0, denied: 0, failed: 0, notNeeded: 0 };

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
  expect(stats.read()).toEqual({ ...ZERO, connecting: 1 });
  settled(outcome);
  expect(stats.read()).toEqual({ ...ZERO, ...counts });
});

it('hands out a copy', () => {
  const stats = new Stats();
  const before = stats.read();
  stats.connecting();
  expect(before).toEqual(ZERO);
});
