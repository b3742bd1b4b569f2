import { getEventListeners, setMaxListeners } from 'node:events';
import { admit } from '../../../src/login/admission';
import { createDiagnostics } from '../../../src/logger';
import { Backoff } from '../../../src/limiter/backoff';
import type { ConnectionLimiter } from '../../../src/limiter/contract';
import { BackoffQueue } from '../../../src/limiter/backoff-queue';
import { limiterOf } from '../../../src/limiter/process-registry';
import { PoolWatch } from '../../../src/sequelize/pool-watch';
import { TokenProvider } from '../../../src/token/token-provider';
import type { AwsCredentials } from '../../../src/token/credential-identity';
import { rejected } from '../../harness/caught';
import { createPool } from '../../harness/sequelize-pool';

const MINUTE_MS = 60_000;
const LEASE_MS = 15_000;
const KEYS = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' };

beforeEach(() => void jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask'] }));
afterEach(() => {
  expect(jest.getTimerCount()).toBe(0);
  jest.useRealTimers();
});

let hosts = 0;

/** Connections to one endpoint, as version probes: no pool decides which of them are wanted. */
function world(given: {
  credentials?: AwsCredentials;
  limiter?: ConnectionLimiter;
  acquireMs?: number;
  reuseTokenForMs?: number;
}) {
  const { reuseTokenForMs } = given;
  const { credentials = { ...KEYS }, limiter = limiterOf({}), acquireMs = MINUTE_MS } = given;
  const hostname = `db-${(hosts += 1)}.abc.eu-west-1.rds.amazonaws.com`;
  const pool = createPool({
    create: () => new Promise(() => undefined),
    acquireTimeoutMillis: acquireMs,
  });
  const backoff = new BackoffQueue(() => performance.now(), new Backoff(() => 1));
  const closing = new AbortController();
  setMaxListeners(0, closing.signal);
  const deps = {
    tokenProvider: new TokenProvider({ credentials, credentialsTimeoutMs: 5_000, reuseTokenForMs }),
    limiter,
    closed: closing.signal,
    diagnostics: createDiagnostics(),
  };
  const watch = new PoolWatch(pool.watched);
  const admitFor = (whom: 'query' | 'probe') =>
    admit(deps, {
      endpoint: { hostname, port: 3306, username: 'app', region: 'eu-west-1' },
      leaseMs: LEASE_MS,
      backoff,
      pool: { watch, isProbe: whom === 'probe' },
    });
  return { backoff, closing, pool: pool.watched, admitFor, admit: () => admitFor('probe') };
}

/** As `advanceTimersByTimeAsync`, with turns enough for the AWS SDK to sign. */
async function advance(ms: number): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await jest.advanceTimersByTimeAsync(ms / 5);
}

it('gives a slot and a token that is signed for the endpoint', async () => {
  const { admit } = world({});
  const admission = admit();
  await advance(100);
  const { token } = await admission;
  expect(token).toMatch(
    /^db-\d+\.abc\.eu-west-1\.rds\.amazonaws\.com:3306\/\?.*X-Amz-Credential=AKIDEXAMPLE%2F\d{8}%2Feu-west-1%2Frds-db%2F/,
  );
});

it('asks for no slot before it has credentials', async () => {
  const free = limiterOf({});
  let asked = 0;
  let answer: () => void = () => undefined;
  const { admit } = world({
    credentials: () => new Promise((resolve) => (answer = () => resolve(KEYS))),
    limiter: {
      acquire: (request) => {
        asked += 1;
        return free.acquire(request);
      },
    },
  });
  const admission = admit();
  await advance(1_000);
  expect(asked).toBe(0);
  answer();
  await advance(100);
  expect(asked).toBe(1);
  (await admission).slot.settle('accepted');
});

it('signs when the slot comes, not before', async () => {
  const { admit } = world({ limiter: limiterOf({ limit: 1 }) });
  const first = admit();
  const second = admit();
  await advance(10_000);
  const { slot } = await first;
  slot.settle('accepted');
  const before = Date.now();
  await advance(2_000);
  const { token } = await second;
  const signedAt = /X-Amz-Date=(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z/.exec(token)?.slice(1) ?? [];
  const [year = 0, month = 0, day = 0, ...time] = signedAt.map(Number);
  const [hour = 0, minute = 0, second_ = 0] = time;
  expect(Date.UTC(year, month - 1, day, hour, minute, second_)).toBeGreaterThanOrEqual(
    Math.floor(before / 1_000) * 1_000,
  );
});

it.each([
  { waitMs: 6_000, reused: true },
  { waitMs: 12_000, reused: false },
])(
  'judges a token that may be reused for 10 s when the slot comes: after $waitMs ms, reused is $reused',
  async ({ waitMs, reused }) => {
    const { admit } = world({ limiter: limiterOf({ limit: 1 }), reuseTokenForMs: 10_000 });
    const first = admit();
    await advance(100);
    const { slot, ...signed } = await first;
    const second = admit();
    await advance(waitMs - 1_100);
    slot.settle('accepted');
    await advance(1_100);
    const admission = await second;
    expect(signed.reused).toBe(false);
    expect(admission.reused).toBe(reused);
    expect(admission.token === signed.token).toBe(reused);
    admission.slot.settle('accepted');
  },
);

it('does not reuse a token whose credentials were renewed while the slot was waited for', async () => {
  let generation = 0;
  const { admit } = world({
    reuseTokenForMs: 10 * MINUTE_MS,
    credentials: () =>
      Promise.resolve({
        accessKeyId: `AKID${(generation += 1)}`,
        secretAccessKey: 'secret',
        expiration: new Date(Date.now() + 2 * MINUTE_MS),
      }),
  });
  const logIn = async () => {
    const admission = admit();
    await advance(100);
    const { slot, token, reused } = await admission;
    slot.settle('accepted');
    return { key: /AKID\d/.exec(token)?.[0], reused };
  };
  expect(await logIn()).toEqual({ key: 'AKID1', reused: false });
  expect(await logIn()).toEqual({ key: 'AKID1', reused: true });
  await advance(20_000);
  expect(await logIn()).toEqual({ key: 'AKID2', reused: false });
});

it('does not sign with credentials that ended while the slot was awaited', async () => {
  let asked = 0;
  const { admit } = world({
    limiter: limiterOf({ limit: 1 }),
    credentials: () => {
      asked += 1;
      const expiration = new Date(Date.now() + 8_000);
      return Promise.resolve({ ...KEYS, accessKeyId: `AKID${asked}`, expiration });
    },
  });
  const first = admit();
  const second = admit();
  await advance(100);
  const { slot, token: earlier } = await first;
  await advance(9_000);
  slot.settle('accepted');
  await advance(2_000);
  expect(earlier).toContain('X-Amz-Credential=AKID1');
  expect((await second).token).toContain('X-Amz-Credential=AKID2');
});

it('admits one a second while logins fail and none has ended, however many slots are free', async () => {
  let asked = 0;
  const free = limiterOf({});
  const limiter: ConnectionLimiter = {
    acquire: (request) => {
      asked += 1;
      return free.acquire(request);
    },
  };
  const { admit, backoff } = world({ limiter });
  backoff.settle('denied', new Error('refused'));
  let admitted = 0;
  const all = Array.from({ length: 3 }, () => admit().then(() => (admitted += 1)));
  await advance(900);
  expect(admitted).toBe(1);
  expect(asked).toBeLessThan(10);

  backoff.settle('accepted');
  await advance(100);
  expect(admitted).toBe(3);
  await Promise.all(all);
});

it('serves 60 at 1 login per second although the credentials are renewed every 10 s', async () => {
  const { admit } = world({
    limiter: limiterOf({ limit: 1 }),
    acquireMs: 3 * MINUTE_MS,
    credentials: () =>
      Promise.resolve({ ...KEYS, expiration: new Date(Date.now() + 4 * MINUTE_MS) }),
  });
  let admitted = 0;
  const begin = async () => {
    const { slot } = await admit();
    admitted += 1;
    slot.settle('accepted');
  };
  const all = Array.from({ length: 30 }, begin);
  for (let second = 0; second < 70; second += 1) {
    if (second < 30) all.push(begin());
    await advance(1_000);
  }
  expect(admitted).toBe(60);
  await Promise.all(all);
});

it('ends a wait shortly before the acquire time-out, with what to change', async () => {
  const { admit } = world({ limiter: limiterOf({ limit: 1 }), acquireMs: 20_000 });
  const holding = admit();
  await advance(100);
  const { slot } = await holding;
  const error = rejected(admit());
  await advance(18_999);
  slot.settle('accepted');
  await advance(0);
  const other = admit();
  await advance(1);
  expect(await error).toMatchObject({ code: 'ERR_IAM_AUTH_TIMEOUT' });
  expect((await error).message).toContain('within 19000 ms');
  await advance(2_000);
  (await other).slot.settle('accepted');
});

it('ends a wait with the last login’s error while logins fail', async () => {
  const { admit, backoff } = world({ acquireMs: 20_000 });
  const refusal = new Error('refused');
  for (let failure = 0; failure < 8; failure += 1) backoff.settle('denied', new Error('earlier'));
  const ended = admit().then(
    () => 'admitted',
    (error: unknown) => error,
  );
  for (let half = 0; half < 40; half += 1) {
    backoff.settle('denied', refusal);
    await advance(500);
  }
  expect(await ended).toBe(refusal);
});

it('ends a wait of 10 s for a query while logins fail, though the pool would wait longer', async () => {
  const { backoff, pool, admitFor } = world({ acquireMs: MINUTE_MS });
  const refusal = new Error('refused');
  const query = pool.acquire().catch((error: unknown) => error);
  for (let failure = 0; failure < 8; failure += 1) backoff.settle('denied', refusal);
  let endedAfter = 0;
  const since = performance.now();
  const ended = admitFor('query').catch((error: unknown) => {
    endedAfter = performance.now() - since;
    return error;
  });
  for (let half = 0; half < 30; half += 1) {
    backoff.settle('denied', refusal);
    await advance(500);
  }
  expect(await ended).toBe(refusal);
  expect(endedAfter).toBeGreaterThanOrEqual(9_999);
  expect(endedAfter).toBeLessThan(10_500);
  await advance(MINUTE_MS);
  await query;
});

it('ends all waits when the instance is closed, and leaves no timer', async () => {
  const { admit, closing } = world({ limiter: limiterOf({ limit: 1 }) });
  const holding = admit();
  await advance(100);
  await holding;
  const reason = new Error('closed');
  const ends = Promise.allSettled([admit(), admit(), admit()]);
  await advance(100);
  closing.abort(reason);
  await advance(0);
  expect(await ends).toEqual(Array(3).fill({ status: 'rejected', reason }));
});

it('ends a wait at once when the instance was closed before it began', async () => {
  const { admit, closing } = world({ limiter: limiterOf({ limit: 1 }) });
  const holding = admit();
  await advance(100);
  await holding;
  const reason = new Error('closed');
  closing.abort(reason);
  const ended = admit().catch((error: unknown) => error);
  await advance(10);
  expect(jest.getTimerCount()).toBe(0);
  expect(await ended).toBe(reason);
});

/** A limiter that breaks keys before it grants a slot: they were in order when the provider returned them. */
function breaking(keys: typeof KEYS, limiter: ConnectionLimiter): ConnectionLimiter {
  return {
    acquire: (request) => {
      Object.assign(keys, { accessKeyId: undefined });
      return limiter.acquire(request);
    },
  };
}

it('returns the slot of a login that cannot be signed, so that the next one begins at once', async () => {
  const limiter = limiterOf({ limit: 1, key: 'of both' });
  const keys = { ...KEYS };
  const broken = world({ limiter: breaking(keys, limiter), credentials: keys });
  const unsigned = rejected(broken.admit());
  await advance(1_000);
  expect((await unsigned).code).toBe('ERR_IAM_AUTH_TOKEN');

  const next = world({ limiter }).admit();
  await advance(0);
  (await next).slot.settle('accepted');
});

it('lets the next login begin at once after one that could not be signed, while logins fail too', async () => {
  const keys = { ...KEYS };
  const free = limiterOf({});
  let limiter = breaking(keys, free);
  const { admit, backoff } = world({
    credentials: keys,
    limiter: { acquire: (request) => limiter.acquire(request) },
  });
  backoff.settle('denied', new Error('refused'));
  const unsigned = rejected(admit());
  // Less than the second in which an attempt without an answer is awaited.
  await advance(200);
  expect((await unsigned).code).toBe('ERR_IAM_AUTH_TOKEN');

  Object.assign(keys, KEYS);
  limiter = free;
  let admitted = false;
  const next = admit().then(() => (admitted = true));
  await advance(100);
  expect(admitted).toBe(true);
  await next;
});

it('hands out no token when the instance is closed while it is signed', async () => {
  const free = limiterOf({});
  const reason = new Error('closed');
  const { admit, closing } = world({
    limiter: {
      acquire: async (request) => {
        const slot = await free.acquire(request);
        closing.abort(reason);
        return slot;
      },
    },
  });
  const ended = admit().catch((error: unknown) => error);
  await advance(100);
  expect(await ended).toBe(reason);
});

it('leaves nothing on the signal of the instance', async () => {
  const { admit, closing } = world({});
  const admission = admit();
  await advance(100);
  await admission;
  expect(getEventListeners(closing.signal, 'abort')).toEqual([]);
});
