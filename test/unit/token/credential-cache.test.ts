import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { runInNewContext } from 'node:vm';
import { CredentialCache } from '../../../src/token/credential-cache';
import type {
  CredentialIdentity,
  CredentialProvider,
} from '../../../src/token/credential-identity';
import { rejected } from '../../harness/caught';

const MINUTE_MS = 60_000;
const WALL_START = Date.UTC(2026, 0, 1);
const TIMEOUT_MS = 1_000;
/** The most that the first request after a failure waits. */
const FIRST_DELAY_MS = 50;
const never = new AbortController().signal;

beforeEach(() => void jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask'] }));
afterEach(() => {
  expect(jest.getTimerCount()).toBe(0);
  jest.useRealTimers();
  jest.restoreAllMocks();
});

/** Credentials, a provider that counts its calls, and clocks that a test sets. */
function world() {
  const time = { wall: WALL_START, monotonic: 5_000 };
  const asked: unknown[] = [];
  let providers = 0;
  let answer: () => Promise<CredentialIdentity> = () => Promise.resolve(identity());

  const identity = (lifetimeMs?: number): CredentialIdentity => ({
    accessKeyId: 'AKIDEXAMPLE',
    secretAccessKey: 'secret',
    ...(lifetimeMs === undefined ? {} : { expiration: new Date(time.wall + lifetimeMs) }),
  });
  const createProvider = (): Promise<CredentialProvider> => {
    providers += 1;
    return Promise.resolve((options) => {
      asked.push(options);
      return answer();
    });
  };
  const cache = new CredentialCache(createProvider, {
    wall: () => time.wall,
    monotonic: () => time.monotonic,
  });
  return {
    cache,
    asked,
    identity,
    get: (signal = new AbortController().signal) => cache.get(TIMEOUT_MS, signal),
    providers: () => providers,
    answerWith: (next: () => Promise<CredentialIdentity>) => (answer = next),
    pass: (ms: number, clocks: readonly (keyof typeof time)[] = ['wall', 'monotonic']) => {
      for (const clock of clocks) time[clock] += ms;
    },
  };
}

describe('concurrent callers', () => {
  it('share one request: 100 callers, 1 request, the same credentials', async () => {
    const { asked, get, providers } = world();
    const found = await Promise.all(Array.from({ length: 100 }, () => get()));
    expect(asked).toHaveLength(1);
    expect(providers()).toBe(1);
    expect(new Set(found).size).toBe(1);
  });

  it('share one failure: 100 callers, 1 request', async () => {
    const { asked, get, answerWith } = world();
    answerWith(() => Promise.reject(new Error('no role')));
    const errors = await Promise.all(Array.from({ length: 100 }, () => rejected(get())));
    expect(asked).toHaveLength(1);
    expect(new Set(errors.map(({ code }) => code))).toEqual(new Set(['ERR_IAM_AUTH_CREDENTIALS']));
  });
});

describe('held credentials', () => {
  it.each([
    { minutesLeft: 4, requests: 10 },
    { minutesLeft: 14, requests: 1 },
    { minutesLeft: 60, requests: 1 },
  ])(
    'with $minutesLeft minutes left cost $requests request(s) for 1,000 tokens in 100 s',
    async ({ minutesLeft, requests }) => {
      const { asked, get, answerWith, identity, pass } = world();
      const expiring = identity(minutesLeft * MINUTE_MS);
      answerWith(() => Promise.resolve(expiring));
      for (let token = 0; token < 1_000; token += 1) {
        await get();
        pass(100);
      }
      expect(asked).toHaveLength(requests);
    },
  );

  it('are refreshed 5 minutes before they end, while callers still get them', async () => {
    const { asked, get, answerWith, identity, pass } = world();
    const first = identity(60 * MINUTE_MS);
    answerWith(() => Promise.resolve(first));
    await get();

    pass(55 * MINUTE_MS - 1);
    expect(await get()).toBe(first);
    expect(asked).toHaveLength(1);

    const second = identity(60 * MINUTE_MS);
    answerWith(() => Promise.resolve(second));
    pass(1);
    expect(await get()).toBe(first);
    await jest.advanceTimersByTimeAsync(0);
    expect(asked).toEqual([{ forceRefresh: false }, { forceRefresh: true }]);
    expect(await get()).toBe(second);
  });

  it('serve on when a refresh in advance fails, and it is tried again after 10 s', async () => {
    const { asked, get, answerWith, identity, pass } = world();
    const first = identity(60 * MINUTE_MS);
    answerWith(() => Promise.resolve(first));
    await get();
    pass(56 * MINUTE_MS);
    answerWith(() => Promise.reject(new Error('throttled')));
    expect(await get()).toBe(first);
    await jest.advanceTimersByTimeAsync(0);
    pass(9_999);
    expect(await get()).toBe(first);
    expect(asked).toHaveLength(2);
    pass(1);
    expect(await get()).toBe(first);
    expect(asked).toHaveLength(3);
  });

  it('without expiration are asked for again after 5 minutes, so that a rotated key is noticed', async () => {
    const { asked, get, answerWith, identity, pass } = world();
    await get();
    pass(5 * MINUTE_MS - 1);
    await get();
    expect(asked).toHaveLength(1);
    const rotated = identity();
    answerWith(() => Promise.resolve(rotated));
    pass(1);
    await get();
    await jest.advanceTimersByTimeAsync(0);
    expect(await get()).toBe(rotated);
  });
});

describe('expired credentials', () => {
  const lifetimeMs = 60 * MINUTE_MS;

  it.each([
    { clocks: ['wall', 'monotonic'] as const },
    { clocks: ['wall'] as const },
    { clocks: ['monotonic'] as const },
  ])('are never used when $clocks says so, from 5 s before their end', async ({ clocks }) => {
    const { asked, cache, get, answerWith, identity, pass } = world();
    const first = identity(lifetimeMs);
    answerWith(() => Promise.resolve(first));
    await get();
    expect(cache.isUsable(first)).toBe(true);

    pass(lifetimeMs - 5_001, clocks);
    expect(cache.isUsable(first)).toBe(true);
    pass(1, clocks);
    expect(cache.isUsable(first)).toBe(false);

    const second = identity(2 * lifetimeMs);
    answerWith(() => Promise.resolve(second));
    expect(await get()).toBe(second);
    expect(asked).toHaveLength(2);
  });

  it('do not become usable by the ones that replaced them', async () => {
    const { cache, get, answerWith, identity, pass } = world();
    const [first, second] = [identity(10 * MINUTE_MS), identity(lifetimeMs)];
    answerWith(() => Promise.resolve(first));
    await get();
    answerWith(() => Promise.resolve(second));
    pass(10 * MINUTE_MS);
    await get();

    expect(cache.isUsable(first)).toBe(false);
    expect(cache.isUsable(second)).toBe(true);
  });

  it.each([-1, 0, 5_000])(
    'from a provider are an error: %d ms before they end',
    async (lifetime) => {
      const { get, answerWith, identity } = world();
      answerWith(() => Promise.resolve(identity(lifetime)));
      const error = await rejected(get());
      expect(error.code).toBe('ERR_IAM_AUTH_CREDENTIALS');
      expect(error.message).toMatch(
        /^No AWS credentials to sign with: the provider returned credentials that expired at 202[56]-/,
      );
      expect(error.fix).toMatch(/^renew them/);
    },
  );

  it('that a provider insists on fail once they end, not before', async () => {
    const { get, answerWith, identity, pass } = world();
    const only = identity(6 * MINUTE_MS);
    answerWith(() => Promise.resolve(only));
    await get();
    pass(2 * MINUTE_MS);
    expect(await get()).toBe(only);
    pass(4 * MINUTE_MS);
    expect((await rejected(get())).code).toBe('ERR_IAM_AUTH_CREDENTIALS');
  });
});

describe('a provider that fails', () => {
  it('is replaced: the next caller asks a new one', async () => {
    const { get, answerWith, identity, pass, providers } = world();
    const cause = new Error('no role');
    answerWith(() => Promise.reject(cause));
    const error = await rejected(get());
    expect(error.message).toBe('No AWS credentials to sign with: no role');
    expect(error.cause).toBe(cause);

    const good = identity();
    answerWith(() => Promise.resolve(good));
    pass(FIRST_DELAY_MS);
    expect(await get()).toBe(good);
    expect(providers()).toBe(2);
  });

  it('is asked 14 times in 10 s, however many callers try again 10 ms later', async () => {
    jest.spyOn(Math, 'random').mockReturnValue(1);
    const { asked, get, answerWith, pass } = world();
    answerWith(() => Promise.reject(new Error('Rate exceeded')));
    const closed = new AbortController();
    let failed = 0;
    const callers = Array.from({ length: 8 }, async () => {
      while (!closed.signal.aborted) {
        await get(closed.signal).catch(() => undefined);
        failed += 1;
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    });
    for (let time = 0; time < 10_000; time += 10) {
      await jest.advanceTimersByTimeAsync(10);
      pass(10);
    }

    expect(asked).toHaveLength(14);
    expect(failed).toBe(8 * 14);
    closed.abort(new Error('closed'));
    await jest.runAllTimersAsync();
    await Promise.all(callers);
  });

  it('has its callers wait for the next answer, and those that are there get it together', async () => {
    const { asked, get, answerWith, identity, pass } = world();
    answerWith(() => Promise.reject(new Error('Rate exceeded')));
    await rejected(get());
    const good = identity();
    answerWith(() => Promise.resolve(good));
    const found = Promise.all([get(), get(), get()]);
    pass(FIRST_DELAY_MS);
    await jest.advanceTimersByTimeAsync(FIRST_DELAY_MS);

    expect(await found).toEqual([good, good, good]);
    expect(asked).toHaveLength(2);
    pass(10 * MINUTE_MS);
    await get();
    expect(asked).toHaveLength(3);
  });

  it('that has recovered meanwhile begins with the shortest delay again', async () => {
    const { asked, get, answerWith, identity, pass } = world();
    const fail = () => Promise.reject(new Error('Rate exceeded'));
    answerWith(fail);
    await rejected(get());
    pass(FIRST_DELAY_MS);
    answerWith(() => Promise.resolve(identity(MINUTE_MS)));
    await get();
    pass(MINUTE_MS);
    answerWith(fail);
    await rejected(get());
    const found = rejected(get());
    pass(FIRST_DELAY_MS);
    await jest.advanceTimersByTimeAsync(FIRST_DELAY_MS);

    expect(asked).toHaveLength(4);
    await found;
  });

  it('does not keep a caller whose signal aborts while it waits', async () => {
    const { asked, get, answerWith } = world();
    answerWith(() => Promise.reject(new Error('Rate exceeded')));
    await rejected(get());
    const closed = new AbortController();
    const reason = new Error('closed');
    const failed = expect(get(closed.signal)).rejects.toBe(reason);
    closed.abort(reason);
    await failed;

    expect(asked).toHaveLength(1);
    await jest.advanceTimersByTimeAsync(FIRST_DELAY_MS);
  });

  it('may throw what is no error', async () => {
    const { get, answerWith } = world();
    // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- as a foreign provider may
    answerWith(() => Promise.reject('no role'));
    expect((await rejected(get())).message).toBe('No AWS credentials to sign with: no role');
  });

  it('may fail while it is made', async () => {
    const cache = new CredentialCache(() => Promise.reject(new Error('not installed')));
    expect((await rejected(cache.get(TIMEOUT_MS, never))).message).toContain('not installed');
  });
});

describe('what is no credentials', () => {
  const keys = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' };

  it.each([
    { given: undefined, reason: 'no credentials' },
    { given: null, reason: 'no credentials' },
    { given: 'AKIDEXAMPLE', reason: 'no credentials' },
    { given: { ...keys, accessKeyId: undefined }, reason: 'whose accessKeyId is not a non-empty' },
    { given: { ...keys, secretAccessKey: '' }, reason: 'whose secretAccessKey is not a non-empty' },
    { given: { ...keys, sessionToken: 1 }, reason: 'whose sessionToken is not a string' },
    {
      given: { ...keys, expiration: '2030-01-01' },
      reason: 'whose expiration is not a valid Date',
    },
    { given: { ...keys, expiration: new Date(NaN) }, reason: 'whose expiration is not a valid' },
  ])('is an error that says so, and is not held: $reason ($given)', async ({ given, reason }) => {
    const { get, answerWith, identity, pass } = world();
    answerWith(() => Promise.resolve(given as never));
    const error = await rejected(get());
    expect(error.code).toBe('ERR_IAM_AUTH_CREDENTIALS');
    expect(error.message).toContain(reason);
    expect(error.fix).toMatch(/^return \{ accessKeyId/);

    const good = identity();
    answerWith(() => Promise.resolve(good));
    pass(FIRST_DELAY_MS);
    expect(await get()).toBe(good);
  });

  it('may lack a session token and an expiration, and its Date may be of another realm', async () => {
    const expiration: unknown = runInNewContext('new Date("2030-01-01")');
    for (const more of [{}, { sessionToken: undefined, expiration }, { sessionToken: null }]) {
      const { get, answerWith } = world();
      const given = { ...keys, ...more } as CredentialIdentity;
      answerWith(() => Promise.resolve(given));
      expect(await get()).toBe(given);
    }
  });
});

describe('credentials that a server denied', () => {
  it('serve on while others are requested in the background, 10 s after the last request', async () => {
    const { asked, cache, get, answerWith, identity, pass } = world();
    const revoked = identity(12 * 60 * MINUTE_MS);
    answerWith(() => Promise.resolve(revoked));
    await get();
    const fresh = identity(60 * MINUTE_MS);
    answerWith(() => Promise.resolve(fresh));

    cache.doubt(revoked);
    pass(9_999);
    expect(await get()).toBe(revoked);
    expect(asked).toHaveLength(1);
    pass(1);
    expect(await get()).toBe(revoked);
    await jest.advanceTimersByTimeAsync(0);
    expect(await get()).toBe(fresh);
    expect(asked).toEqual([{ forceRefresh: false }, { forceRefresh: true }]);
  });

  it('cost 10 requests in 100 s of denials, if the provider returns the same again', async () => {
    const { asked, cache, get, answerWith, identity, pass } = world();
    const only = identity(60 * MINUTE_MS);
    answerWith(() => Promise.resolve(only));
    for (let login = 0; login < 1_000; login += 1) {
      cache.doubt(await get());
      pass(100);
    }
    expect(asked).toHaveLength(10);
  });

  it('that were replaced meanwhile cost no request', async () => {
    const { asked, cache, get, answerWith, identity, pass } = world();
    const old = identity(60 * MINUTE_MS);
    answerWith(() => Promise.resolve(old));
    await get();
    pass(56 * MINUTE_MS);
    answerWith(() => Promise.resolve(identity(60 * MINUTE_MS)));
    await get();
    await jest.advanceTimersByTimeAsync(0);
    pass(MINUTE_MS);
    cache.doubt(old);
    await get();
    expect(asked).toHaveLength(2);
  });
});

describe('a provider that hangs', () => {
  const hang = () => new Promise<never>(() => undefined);

  it('fails its callers after the time-out, and the next one asks a new provider', async () => {
    const { get, answerWith, identity, providers } = world();
    answerWith(hang);
    const errors = Promise.all([rejected(get()), rejected(get())]);
    await jest.advanceTimersByTimeAsync(TIMEOUT_MS);
    for (const error of await errors) {
      expect(error.code).toBe('ERR_IAM_AUTH_CREDENTIALS');
      expect(error.message).toContain(`did not answer within ${TIMEOUT_MS} ms`);
    }
    const good = identity();
    answerWith(() => Promise.resolve(good));
    expect(await get()).toBe(good);
    expect(providers()).toBe(2);
  });

  it('fails its callers together, so that none is left to fail after the provider has recovered', async () => {
    const { get, answerWith, pass } = world();
    answerWith(hang);
    const early = rejected(get());
    await jest.advanceTimersByTimeAsync(TIMEOUT_MS - 100);
    pass(TIMEOUT_MS - 100);
    const late = rejected(get());
    await jest.advanceTimersByTimeAsync(100);

    expect(jest.getTimerCount()).toBe(0);
    expect((await late).message).toBe((await early).message);
  });

  it('fails each caller after its own time-out', async () => {
    const { cache, answerWith, identity } = world();
    let answer: (identity: CredentialIdentity) => void = () => undefined;
    answerWith(() => new Promise((resolve) => (answer = resolve)));
    const patient = cache.get(TIMEOUT_MS, never);
    const hasty = rejected(cache.get(100, never));
    await jest.advanceTimersByTimeAsync(100);
    expect((await hasty).message).toContain('within 100 ms');

    const good = identity();
    answer(good);
    expect(await patient).toBe(good);
  });

  it('answers too late without harm', async () => {
    const { get, answerWith, identity } = world();
    let answer: (identity: CredentialIdentity) => void = () => undefined;
    answerWith(() => new Promise((resolve) => (answer = resolve)));
    const error = rejected(get());
    await jest.advanceTimersByTimeAsync(TIMEOUT_MS);
    await error;
    const good = identity();
    answerWith(() => Promise.resolve(good));
    expect(await get()).toBe(good);
    answer(identity(60 * MINUTE_MS));
    await jest.advanceTimersByTimeAsync(0);
    expect(await get()).toMatchObject({ accessKeyId: 'AKIDEXAMPLE' });
  });

  it('does not keep a caller whose signal aborts, nor a timer', async () => {
    const { get, answerWith } = world();
    answerWith(hang);
    const aborted = new AbortController();
    const reason = new Error('closed');
    const failed = expect(get(aborted.signal)).rejects.toBe(reason);
    await jest.advanceTimersByTimeAsync(500);
    aborted.abort(reason);
    await failed;
    expect(jest.getTimerCount()).toBe(0);
  });

  it('leaves no rejection unhandled when it fails after its caller’s signal aborted before the call', async () => {
    const { get, answerWith } = world();
    const unhandled: unknown[] = [];
    const listener = (reason: unknown) => unhandled.push(reason);
    process.on('unhandledRejection', listener);
    try {
      jest.useRealTimers();
      answerWith(() => Promise.reject(new Error('no role')));
      const reason = new Error('closed');
      await expect(get(AbortSignal.abort(reason))).rejects.toBe(reason);
      for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve));
      expect(unhandled).toEqual([]);
    } finally {
      process.off('unhandledRejection', listener);
      jest.useFakeTimers();
    }
  });

  it('during a refresh in advance does not fail callers once the credentials end, when the provider has recovered', async () => {
    const { get, answerWith, identity, pass } = world();
    answerWith(() => Promise.resolve(identity(60 * MINUTE_MS)));
    await get();
    pass(56 * MINUTE_MS);
    answerWith(hang);
    await get();
    await jest.advanceTimersByTimeAsync(TIMEOUT_MS);

    const good = identity(60 * MINUTE_MS);
    answerWith(() => Promise.resolve(good));
    pass(5 * MINUTE_MS);
    const found = get().catch((error: unknown) => error);
    await jest.advanceTimersByTimeAsync(TIMEOUT_MS);
    expect(await found).toBe(good);
  });
});

it('knows only credentials that it gave as usable', () => {
  const { cache, identity } = world();
  expect(cache.isUsable(identity(60 * MINUTE_MS))).toBe(false);
});

describe('the channel of credentials', () => {
  const messages: unknown[] = [];
  const note = (message: unknown) => messages.push(message);
  beforeEach(() => {
    messages.length = 0;
    subscribe('sequelize-rds-iam:credentials', note);
  });
  afterEach(() => void unsubscribe('sequelize-rds-iam:credentials', note));

  it('says how long a request took and how long its credentials last, once for all callers', async () => {
    const { get, identity, answerWith, pass } = world();
    answerWith(() => {
      pass(40);
      return Promise.resolve(identity(15 * MINUTE_MS));
    });
    await Promise.all([get(), get(), get()]);
    expect(messages).toEqual([
      { outcome: 'refreshed', durationMs: 40, expiresInMs: 15 * MINUTE_MS },
    ]);
  });

  it('names no expiration for credentials that have none', async () => {
    await world().get();
    expect(messages).toEqual([{ outcome: 'refreshed', durationMs: 0, expiresInMs: undefined }]);
  });

  it('names a provider’s error by its name, never by its message', async () => {
    const { get, answerWith } = world();
    answerWith(() => Promise.reject(new TypeError('secret')));
    await rejected(get());
    expect(messages).toEqual([{ outcome: 'failed', durationMs: 0, errorCode: 'TypeError' }]);
  });

  it('says that a provider is silent, and that it answered later', async () => {
    const { get, identity, answerWith, pass } = world();
    let answer: (given: CredentialIdentity) => void = () => undefined;
    answerWith(() => new Promise((resolve) => (answer = resolve)));
    const waits = [rejected(get()), rejected(get())];
    await jest.advanceTimersByTimeAsync(0);
    pass(TIMEOUT_MS);
    await jest.advanceTimersByTimeAsync(TIMEOUT_MS);
    await Promise.all(waits);
    expect(messages).toEqual([{ outcome: 'timeout', durationMs: TIMEOUT_MS }]);
    pass(500);
    answer(identity());
    await jest.advanceTimersByTimeAsync(0);
    expect(messages).toMatchObject([{}, { outcome: 'refreshed', durationMs: 1_500 }]);
  });
});

describe('the state of credentials', () => {
  it('is unknown before they are there, then their age and the time until they expire', async () => {
    const { cache, get, identity, answerWith, pass } = world();
    expect(cache.state()).toBeUndefined();
    answerWith(() => Promise.resolve(identity(15 * MINUTE_MS)));
    await get();
    pass(MINUTE_MS);
    expect(cache.state()).toEqual({ ageMs: MINUTE_MS, expiresInMs: 14 * MINUTE_MS });
    pass(2 * MINUTE_MS, ['wall']);
    expect(cache.state()).toEqual({ ageMs: MINUTE_MS, expiresInMs: 12 * MINUTE_MS });
    pass(MINUTE_MS * 15, ['monotonic']);
    expect(cache.state()).toEqual({ ageMs: 16 * MINUTE_MS, expiresInMs: -MINUTE_MS });
  });

  it('has no expiration if they do not expire', async () => {
    const { cache, get } = world();
    await get();
    expect(cache.state()).toEqual({ ageMs: 0 });
  });
});
