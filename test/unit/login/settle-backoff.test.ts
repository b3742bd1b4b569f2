import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { Backoff } from '../../../src/limiter/backoff';
import { BackoffQueue } from '../../../src/limiter/backoff-queue';
import type { LoginBackoff, LoginOutcome } from '../../../src/limiter/contract';
import { settleBackoff } from '../../../src/login/settle-backoff';

const endpoint = { hostname: 'db', port: 3306, region: 'eu-west-1' };
const ENDPOINT = { ...endpoint, username: 'jane_doe' };

const messages: unknown[] = [];
const note = (message: unknown) => messages.push(message);
beforeEach(() => {
  messages.length = 0;
  subscribe('sequelize-rds-iam:backoff', note);
});
afterEach(() => void unsubscribe('sequelize-rds-iam:backoff', note));

function settle(backoff: LoginBackoff, outcome: LoginOutcome): void {
  const error = Object.assign(new Error('for jane_doe'), { code: 'ECONNRESET' });
  settleBackoff(backoff, outcome, outcome === 'accepted' ? undefined : error, ENDPOINT, 'mysql');
}

it('says how often logins failed and how long the next one waits, and that one was accepted again', () => {
  const backoff = new BackoffQueue(() => 0, new Backoff(() => 1));
  settle(backoff, 'accepted');
  settle(backoff, 'failed');
  settle(backoff, 'denied');
  settle(backoff, 'notNeeded');
  settle(backoff, 'accepted');
  settle(backoff, 'accepted');

  const target = { endpoint, dialect: 'mysql' };
  expect(messages).toEqual([
    { ...target, failures: 1, delayMs: 50, errorCode: 'ECONNRESET' },
    { ...target, failures: 2, delayMs: 100, errorCode: 'ECONNRESET' },
    { ...target, failures: 0, delayMs: 0, errorCode: undefined },
  ]);
});

it('says at least that logins fail, if an older copy of the package made the backoff', () => {
  const backoff = new Backoff(() => 1);
  const older: LoginBackoff = {
    get failing() {
      return backoff.failing;
    },
    lastError: undefined,
    ready: () => Promise.resolve(),
    enter: () => true,
    settle: (outcome, error) => backoff.settle(outcome, 0, error),
  };
  settle(older, 'denied');

  expect(messages).toMatchObject([{ failures: 1, delayMs: 0 }]);
});

it('settles without subscribers too', () => {
  unsubscribe('sequelize-rds-iam:backoff', note);
  const backoff = new BackoffQueue(() => 0);
  settle(backoff, 'denied');
  expect(backoff.failing).toBe(true);
});
