import { AsyncLocalStorage } from 'node:async_hooks';
import { subscribe, tracingChannel, unsubscribe } from 'node:diagnostics_channel';
import { inspect } from 'node:util';
import { IamAuthError } from '../../../src/errors';
import { settleBackoff } from '../../../src/login/settle-backoff';
import { BackoffQueue } from '../../../src/limiter/backoff-queue';
import { traceLogin, type LoginTrace } from '../../../src/login/login-trace';

const endpoint = { hostname: 'db', port: 3306, region: 'eu-west-1' };
const ENDPOINT = { ...endpoint, username: 'jane_doe' };
const EVENTS = ['start', 'end', 'asyncStart', 'asyncEnd', 'error'] as const;
const PARTS = ['credentialsWaitMs', 'backoffWaitMs', 'slotWaitMs', 'signingMs', 'loginMs'] as const;
const NOT_NEEDED = 'sequelize-rds-iam:not-needed';

/** Subscribes to these channels while `run` runs. Returns the events, each with the context as it was. */
async function observed(
  events: readonly (typeof EVENTS)[number][],
  run: () => Promise<void>,
): Promise<{ event: string; context: object; copy: object }[]> {
  const seen: { event: string; context: object; copy: object }[] = [];
  const listeners = events.map((event) => ({
    name: `tracing:sequelize-rds-iam:login:${event}`,
    listen: (context: unknown) => {
      seen.push({
        event,
        context: Object(context) as object,
        copy: { ...Object(context) } as object,
      });
    },
  }));
  for (const { name, listen } of listeners) subscribe(name, listen);
  try {
    await run();
  } finally {
    for (const { name, listen } of listeners) unsubscribe(name, listen);
  }
  return seen;
}

/** A trace on a clock that the test sets. */
function begin(): { trace: LoginTrace; pass: (ms: number) => void } {
  let now = 1_000;
  const trace = traceLogin(ENDPOINT, 'mysql', () => now);
  if (trace === undefined) throw new Error('Nobody is subscribed');
  return { trace, pass: (ms) => void (now += ms) };
}

it('is not there without subscribers', () => {
  expect(traceLogin(ENDPOINT, 'mysql')).toBeUndefined();
});

it('costs a login at most 2 microseconds without subscribers', () => {
  const backoff = new BackoffQueue(() => 0);
  const LOGINS = 100_000;
  const settle = () => backoff.settle('accepted');
  const guarded = () => {
    const trace = traceLogin(ENDPOINT, 'mysql');
    for (const part of PARTS) trace?.enter(part);
    settleBackoff(backoff, 'accepted', undefined, ENDPOINT, 'mysql');
    trace?.settle('accepted');
  };
  const msOf = (logIn: () => void) => {
    const since = performance.now();
    for (let count = 0; count < LOGINS; count += 1) logIn();
    return performance.now() - since;
  };
  // The best of some: another process may have had the processor meanwhile.
  const best = (logIn: () => void) => Math.min(...Array.from({ length: 5 }, () => msOf(logIn)));
  const costMs = (best(guarded) - best(settle)) / LOGINS;

  expect(costMs * 1_000).toBeLessThan(2);
});

it.each([...EVENTS, NOT_NEEDED])('is there for a subscriber of %s alone', async (name) => {
  const isTraced = () => traceLogin(ENDPOINT, 'mysql') !== undefined;
  const ignore = () => undefined;
  if (name === NOT_NEEDED) subscribe(NOT_NEEDED, ignore);
  const event = EVENTS.find((each) => each === name);
  await observed(event === undefined ? [] : [event], () => {
    expect(isTraced()).toBe(true);
    return Promise.resolve();
  });
  unsubscribe(NOT_NEEDED, ignore);
  expect(isTraced()).toBe(false);
});

it('measures each part of a login, the repeated ones together', async () => {
  const seen = await observed(EVENTS, async () => {
    const { trace, pass } = begin();
    await trace.admit(async () => {
      for (const round of [1, 2]) {
        trace.enter('credentialsWaitMs');
        await Promise.resolve();
        pass(round);
        trace.enter('backoffWaitMs');
        pass(10 * round);
        trace.enter('slotWaitMs');
        pass(100 * round);
      }
      trace.enter('signingMs');
      pass(5);
      trace.enter('loginMs');
    });
    pass(70);
    trace.settle('accepted');
  });

  expect(seen.map(({ event }) => event)).toEqual(['start', 'end', 'asyncStart', 'asyncEnd']);
  expect(new Set(seen.map(({ context }) => context)).size).toBe(1);
  const times = {
    credentialsWaitMs: 3,
    backoffWaitMs: 30,
    slotWaitMs: 300,
    signingMs: 5,
    loginMs: 70,
  };
  expect(seen.at(-1)?.copy).toEqual({ endpoint, dialect: 'mysql', ...times, outcome: 'accepted' });
  expect(inspect(seen, { depth: null })).not.toContain('jane_doe');
  const [{ copy: started } = { copy: {} }] = seen;
  const zeros = Object.fromEntries(Object.keys(times).map((part) => [part, 0]));
  expect(started).toEqual({ endpoint, dialect: 'mysql', ...zeros });
});

it('publishes the error of a denied login before its end', async () => {
  const error = new Error('denied');
  const notNeeded: unknown[] = [];
  const note = (message: unknown) => void notNeeded.push(message);
  subscribe(NOT_NEEDED, note);
  const seen = await observed(EVENTS, async () => {
    const { trace } = begin();
    await trace.admit(() => Promise.resolve());
    trace.settle('denied', error);
  });
  unsubscribe(NOT_NEEDED, note);

  expect(seen.slice(2).map(({ event }) => event)).toEqual(['error', 'asyncStart', 'asyncEnd']);
  expect(seen[2]?.copy).toMatchObject({ outcome: 'denied', error });
  expect(notNeeded).toEqual([]);
});

it('ends with the error of a wait that failed, and the time that it took', async () => {
  const error = new Error('no credentials');
  const seen = await observed(EVENTS, async () => {
    const { trace, pass } = begin();
    const admitted = trace.admit(() => {
      trace.enter('credentialsWaitMs');
      pass(40);
      return Promise.reject(error);
    });
    await expect(admitted).rejects.toBe(error);
  });

  expect(seen.slice(2).map(({ event }) => event)).toEqual(['error', 'asyncStart', 'asyncEnd']);
  expect(seen[2]?.copy).toMatchObject({ outcome: 'notAdmitted', error, credentialsWaitMs: 40 });
});

it('ends without an error if the connection was not needed, and says so on a channel of its own', async () => {
  const messages: unknown[] = [];
  const note = (message: unknown) => void messages.push(message);
  subscribe(NOT_NEEDED, note);
  const seen = await observed(EVENTS, async () => {
    const { trace, pass } = begin();
    const admitted = trace.admit(() => {
      trace.enter('slotWaitMs');
      pass(900);
      return Promise.reject(new IamAuthError('ERR_IAM_AUTH_NOT_NEEDED', 'no query'));
    });
    await expect(admitted).rejects.toThrow('no query');
  });
  unsubscribe(NOT_NEEDED, note);

  expect(seen.slice(2).map(({ event }) => event)).toEqual(['asyncStart', 'asyncEnd']);
  expect(seen.at(-1)?.copy).toMatchObject({ outcome: 'notNeeded', slotWaitMs: 900 });
  expect(messages).toEqual([{ endpoint, dialect: 'mysql', waitedMs: 900 }]);
});

it('gives the wait the stores that are bound to its start', async () => {
  const store = new AsyncLocalStorage<string>();
  const { start } = tracingChannel('sequelize-rds-iam:login');
  start.bindStore(store, () => 'span');
  const { trace } = begin();
  const inside = await trace.admit(async () => {
    await Promise.resolve();
    return store.getStore();
  });
  start.unbindStore(store);

  expect(inside).toBe('span');
  expect(store.getStore()).toBeUndefined();
});
