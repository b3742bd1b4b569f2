import { PreparedLogins, type PreparedLogin } from '../../../src/sequelize/prepared-logins';

const endpoint = { hostname: 'db.example', port: 3306, username: 'app', region: 'eu-west-1' };

function world() {
  let now = 0;
  const attempts = new PreparedLogins(() => now);
  const attempt = (token: string, expiresAt = 15_000) => ({
    login: { takeToken: () => token, endpoint, connectTarget: endpoint, ca: '' },
    expiresAt,
    settle: jest.fn<undefined, Parameters<PreparedLogin['settle']>>(),
  });
  return { attempts, attempt, pass: (ms: number) => (now += ms) };
}

it('hands attempts of one config out first in, first out, each once', () => {
  const { attempts, attempt } = world();
  const config = {};
  const all = [attempt('one'), attempt('two'), attempt('three')];
  for (const each of all) attempts.add(config, each);
  expect([1, 2, 3, 4].map(() => attempts.take(config))).toEqual([...all, undefined]);
});

it('keeps the attempts of different configs apart, equal or not', () => {
  const { attempts, attempt } = world();
  const [writer, reader] = [{ host: 'db' }, { host: 'db' }];
  const forReader = attempt('reader');
  attempts.add(reader, forReader);
  expect(attempts.take(writer)).toBeUndefined();
  expect(attempts.take(reader)).toBe(forReader);
});

it('never hands out an attempt whose lease has ended, and settles it', () => {
  const { attempts, attempt, pass } = world();
  const config = {};
  const left = attempt('left', 15_000);
  const live = attempt('live', 15_001);
  attempts.add(config, left);
  attempts.add(config, live);
  pass(15_000);
  expect(attempts.take(config)).toBe(live);
  expect(left.settle).toHaveBeenCalledTimes(1);
  expect(live.settle).not.toHaveBeenCalled();
  pass(1);
  expect(attempts.take(config)).toBeUndefined();
});

it('does not count an attempt that no driver ever saw as a login that failed', () => {
  const { attempts, attempt, pass } = world();
  const config = {};
  const left = attempt('left');
  attempts.add(config, left);
  pass(15_000);
  attempts.add(config, attempt('next', 30_000));
  expect(left.settle.mock.calls).toEqual([['notNeeded']]);
});
