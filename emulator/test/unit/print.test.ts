import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { attemptLine, summaryLines } from '../../src/cli/print-attempts';
import { shellQuoted } from '../../src/cli/print-environment';
import { commandEnvironment } from '../../src/cli/run-command';
import type { Attempt } from '../../src/endpoint/attempt-log';

const attempt = (changes: Partial<Attempt> = {}): Attempt => ({
  engine: 'mysql',
  acceptedAt: 0,
  outcome: 'accepted',
  username: 'app',
  tlsEstablished: true,
  ...changes,
});

it('quotes every text for a shell', () => {
  const texts = fc.string({ unit: 'binary' }).filter((text) => !text.includes('\0'));
  fc.assert(
    fc.property(fc.array(texts, { minLength: 1, maxLength: 20 }), (words) => {
      const script = `printf '%s\\0' ${words.map(shellQuoted).join(' ')}`;
      const { stdout } = spawnSync('sh', ['-c', script], { encoding: 'utf8' });
      expect(stdout.split('\0').slice(0, -1)).toEqual(words);
    }),
    { numRuns: 30 },
  );
});

it('prints a line for a login', () => {
  const at = new Date('2026-01-02T03:04:05.678Z');
  expect(attemptLine(attempt(), at)).toBe('03:04:05.678 accepted app');
  expect(attemptLine(attempt({ outcome: 'denied', reason: 'host', detail: 'why' }), at)).toBe(
    '03:04:05.678 denied app (host): why',
  );
});

it('prints no control characters of a client’s', () => {
  expect(attemptLine(attempt({ username: 'a\u001b[2J\nb\u009b' }))).toMatch(
    /accepted a\?\[2J\?b\?$/,
  );
});

it('sums logins up', () => {
  expect(summaryLines([])).toEqual(['No logins.']);
  const throttled = { outcome: 'throttled', reason: 'throttled' } as const;
  const attempts = [
    attempt({ tokenAt: 0 }),
    attempt({ tokenAt: 500 }),
    attempt({ tokenAt: 1000, ...throttled }),
  ];
  expect(summaryLines(attempts)).toEqual([
    '3 logins: 2 accepted, 1 throttled; at most 2 in one second',
    'Reasons: 1 throttled',
  ]);
  expect(summaryLines([attempt({ tokenAt: 0 })])).toEqual([
    '1 login: 1 accepted; at most 1 in one second',
  ]);
});

it('gives a command the environment, and hides what competes with it', () => {
  const own = { PATH: '/bin', AWS_PROFILE: 'work', DB_HOST: 'old', RDS_IAM_EMULATOR_BACKEND: 'pw' };
  const emulator = { env: { DB_HOST: 'new' }, unset: ['AWS_PROFILE'] };
  expect(commandEnvironment(emulator, own)).toEqual({ PATH: '/bin', DB_HOST: 'new' });
});
