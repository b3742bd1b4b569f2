import { inspect } from 'node:util';
import fc from 'fast-check';
import type { CredentialIdentity } from '../../../src/token/credential-identity';
import { TokenCache } from '../../../src/token/token-cache';
import { MAX_REUSE_MS } from '../../../src/token/token-cache';

const MINUTE_MS = 60_000;
const WALL_START = Date.UTC(2026, 0, 1);
const BOTH = ['wall', 'monotonic'] as const;
const endpoint = {
  hostname: 'db.abc.eu-west-1.rds.amazonaws.com',
  port: 3306,
  username: 'app',
  region: 'eu-west-1',
};
const KEYS = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret', sessionToken: 'session' };

type Clock = (typeof BOTH)[number];

/** A cache whose signer numbers its tokens, and clocks that a test sets. */
function world(reuseForMs = MAX_REUSE_MS) {
  const time = { wall: WALL_START, monotonic: 5_000 };
  let signatures = 0;
  let signing: () => Promise<void> = () => Promise.resolve();
  const sign = async () => {
    const token = `token-${(signatures += 1)}`;
    await signing();
    return token;
  };
  const cache = new TokenCache(reuseForMs, sign, {
    wall: () => time.wall,
    monotonic: () => time.monotonic,
  });
  return {
    cache,
    time,
    get: (given: { endpoint?: object; credentials?: Partial<CredentialIdentity> } = {}) =>
      cache.get({ ...endpoint, ...given.endpoint }, { ...KEYS, ...given.credentials }),
    expiringIn: (ms: number) => ({ credentials: { expiration: new Date(time.wall + ms) } }),
    signatures: () => signatures,
    /** What each signature takes from now on. */
    signingTakes: (next: () => Promise<void>) => (signing = next),
    pass: (ms: number, clocks: readonly Clock[] = BOTH) => {
      for (const clock of clocks) time[clock] += ms;
    },
  };
}

describe('a token', () => {
  it('is the same for later connections, which are told that it is', async () => {
    const { get } = world();
    expect(await get()).toEqual({ token: 'token-1', reused: false });
    expect(await get()).toEqual({ token: 'token-1', reused: true });
  });

  describe.each([
    { clocks: BOTH },
    { clocks: ['wall'] as const },
    { clocks: ['monotonic'] as const },
  ])('by the clocks $clocks', ({ clocks }) => {
    it.each([
      { reuseForMs: 5_000, credentialsLiveMs: 60 * MINUTE_MS, boundMs: 5_000 },
      { reuseForMs: 0.5, credentialsLiveMs: 60 * MINUTE_MS, boundMs: 0.5 },
      { reuseForMs: 840_000, credentialsLiveMs: 60 * MINUTE_MS, boundMs: 840_000 },
      { reuseForMs: 900_000, credentialsLiveMs: 60 * MINUTE_MS, boundMs: 840_000 },
      { reuseForMs: 840_000, credentialsLiveMs: 15 * MINUTE_MS - 1, boundMs: 839_999 },
      { reuseForMs: 840_000, credentialsLiveMs: 2 * MINUTE_MS, boundMs: MINUTE_MS },
      { reuseForMs: 5_000, credentialsLiveMs: 65_001, boundMs: 5_000 },
      { reuseForMs: 5_000, credentialsLiveMs: 64_999, boundMs: 4_999 },
      { reuseForMs: 840_000, credentialsLiveMs: MINUTE_MS + 1, boundMs: 1 },
    ])(
      'is reused for $boundMs ms when $reuseForMs are allowed and the credentials live $credentialsLiveMs',
      async ({ reuseForMs, credentialsLiveMs, boundMs }) => {
        const { get, expiringIn, pass } = world(reuseForMs);
        const given = expiringIn(credentialsLiveMs);
        await get(given);
        pass(boundMs - Math.min(1, boundMs / 2), clocks);
        expect(await get(given)).toEqual({ token: 'token-1', reused: true });
        pass(Math.min(1, boundMs / 2), clocks);
        expect(await get(given)).toEqual({ token: 'token-2', reused: false });
      },
    );
  });

  it.each([0, 1, MINUTE_MS])('is not reused when its credentials end in %d ms', async (ms) => {
    const { get, expiringIn } = world();
    const given = expiringIn(ms);
    await get(given);
    expect(await get(given)).toEqual({ token: 'token-2', reused: false });
  });

  it('is not reused when the wall clock has been set back to before it was signed', async () => {
    const { get, pass } = world();
    await get();
    pass(-1, ['wall']);
    expect(await get()).toEqual({ token: 'token-2', reused: false });
  });

  it('that has expired does not come to life again when the wall clock is set back', async () => {
    const { get, pass } = world();
    await get();
    pass(20 * MINUTE_MS, ['wall']);
    await get({ endpoint: { hostname: 'other.abc.eu-west-1.rds.amazonaws.com' } });
    pass(-20 * MINUTE_MS, ['wall']);
    expect(await get()).toEqual({ token: 'token-3', reused: false });
  });

  it.each([
    { endpoint: { hostname: 'other.abc.eu-west-1.rds.amazonaws.com' } },
    { endpoint: { port: 3307 } },
    { endpoint: { region: 'us-east-1' } },
    { endpoint: { username: 'admin' } },
    { credentials: { accessKeyId: 'AKIDROTATED' } },
    { credentials: { sessionToken: 'renewed' } },
  ])('is for its own endpoint, user and credentials alone: not for %j', async (other) => {
    const { get } = world();
    await get();
    expect(await get(other)).toEqual({ token: 'token-2', reused: false });
    expect(await get()).toEqual({ token: 'token-1', reused: true });
    expect(await get(other)).toEqual({ token: 'token-2', reused: true });
  });

  it('is shared by credentials that a provider returned twice', async () => {
    const { get, expiringIn } = world();
    await get(expiringIn(30 * MINUTE_MS));
    expect(await get(expiringIn(60 * MINUTE_MS))).toMatchObject({ reused: true });
  });

  it('is shown to nobody who prints the cache', async () => {
    const { cache, get } = world();
    await get();
    expect(inspect(cache, { depth: null, showHidden: true })).not.toMatch(/token-1|session/);
    expect(JSON.stringify(cache)).toBe('{}');
  });
});

describe('a token that was denied', () => {
  it('is not given out again, and the one signed after it is', async () => {
    const { cache, get } = world();
    const { token } = await get();
    cache.drop(token);
    expect(await get()).toEqual({ token: 'token-2', reused: false });
    expect(await get()).toEqual({ token: 'token-2', reused: true });
  });

  it('does not take a newer one with it: 19 denials of one token cost one signature', async () => {
    const { cache, get, signatures } = world();
    const logins = await Promise.all(Array.from({ length: 19 }, () => get()));
    for (const { token } of logins) {
      cache.drop(token);
      await get();
    }
    expect(signatures()).toBe(2);
  });

  it('leaves those of other endpoints', async () => {
    const { cache, get } = world();
    const { token } = await get();
    await get({ endpoint: { port: 3307 } });
    cache.drop(token);
    expect(await get({ endpoint: { port: 3307 } })).toEqual({ token: 'token-2', reused: true });
  });
});

describe('concurrent callers', () => {
  it('share one signature: 100 callers, 1 signature', async () => {
    const { get, signatures } = world();
    const found = await Promise.all(Array.from({ length: 100 }, () => get()));
    expect(signatures()).toBe(1);
    expect(new Set(found.map(({ token }) => token))).toEqual(new Set(['token-1']));
    expect(found.filter(({ reused }) => !reused)).toHaveLength(1);
  });

  it('share one failure, and the next one signs anew', async () => {
    const { get, signatures, signingTakes } = world();
    const failure = new Error('no');
    signingTakes(() => Promise.reject(failure));
    const results = await Promise.allSettled(Array.from({ length: 100 }, () => get()));
    expect(results).toEqual(Array(100).fill({ status: 'rejected', reason: failure }));
    expect(signatures()).toBe(1);
    signingTakes(() => Promise.resolve());
    expect(await get()).toEqual({ token: 'token-2', reused: false });
  });

  it('get no token that expired while it was signed, but for the one who asked for it', async () => {
    const { get, pass, signingTakes } = world();
    signingTakes(async () => {
      await new Promise((resolve) => setImmediate(resolve));
      pass(MAX_REUSE_MS);
    });
    const first = get();
    signingTakes(() => Promise.resolve());
    expect(await Promise.all([first, get(), get()])).toEqual([
      { token: 'token-1', reused: false },
      { token: 'token-2', reused: false },
      { token: 'token-2', reused: true },
    ]);
  });

  it('are all served when a signature takes longer than it may be reused', async () => {
    const { get, pass, signingTakes } = world(1);
    signingTakes(async () => {
      await new Promise((resolve) => setImmediate(resolve));
      pass(2);
    });
    const found = await Promise.all([get(), get(), get()]);
    expect(found.every(({ reused }) => !reused)).toBe(true);
  });
});

it('keeps 100 tokens, the newest', async () => {
  const { get } = world();
  const port = (number: number) => ({ endpoint: { port: number } });
  for (let number = 1; number <= 101; number += 1) await get(port(number));
  expect(await get(port(2))).toMatchObject({ reused: true });
  expect(await get(port(101))).toMatchObject({ reused: true });
  expect(await get(port(1))).toEqual({ token: 'token-102', reused: false });
  expect(await get(port(2))).toMatchObject({ reused: false });
});

/** One thing that happens: time passes on a clock, or all are set to another time, or connections open, or one is denied. */
const events = fc.oneof(
  fc.record({
    pass: fc.oneof(fc.constantFrom(1, 59_999, 839_999, 840_000), fc.integer({ min: 0, max: 1e6 })),
    clocks: fc.constantFrom<readonly Clock[]>(BOTH, ['wall'], ['monotonic']),
  }),
  fc.record({ stepWall: fc.integer({ min: -2e6, max: 2e6 }) }),
  fc.record({ connect: fc.integer({ min: 1, max: 3 }), user: fc.constantFrom('app', 'admin') }),
  fc.record({ connect: fc.constant(1), user: fc.constant('app') }),
  fc.record({ deny: fc.constant(true) }),
  fc.record({ rotate: fc.option(fc.integer({ min: 0, max: 2e6 }), { nil: Infinity }) }),
);

it('gives out no token past any bound, whatever the clocks do, and signs no more often than that needs', async () => {
  const run = fc.asyncProperty(
    fc.integer({ min: 1, max: MAX_REUSE_MS }),
    fc.array(events, { minLength: 5, maxLength: 40 }),
    async (reuseForMs, happenings) => {
      const { cache, get, time, pass } = world(reuseForMs);
      const signed = new Map<string, { at: typeof time; identity: string; expiresAt: number }>();
      const gone = new Set<string>();
      const newest = new Map<string, string>();
      let generation = 0;
      let expiresAt = Infinity;
      let last = '';

      const usable = (token: string | undefined): boolean => {
        const facts = token === undefined ? undefined : signed.get(token);
        if (token === undefined || facts === undefined || gone.has(token)) return false;
        const credentialsLiveMs = facts.expiresAt - facts.at.wall;
        return BOTH.every((clock) => {
          const ageMs = time[clock] - facts.at[clock];
          return (
            ageMs >= 0 &&
            ageMs < reuseForMs &&
            ageMs + MINUTE_MS < 15 * MINUTE_MS &&
            ageMs + MINUTE_MS < credentialsLiveMs
          );
        });
      };
      const connect = async (user: string) => {
        for (const token of signed.keys()) if (!usable(token)) gone.add(token);
        const identity = `${user} ${generation}`;
        const before = newest.get(identity);
        const { token, reused } = await get({
          endpoint: { username: user },
          credentials: {
            accessKeyId: `AKID${generation}`,
            ...(expiresAt === Infinity ? {} : { expiration: new Date(expiresAt) }),
          },
        });
        expect(reused).toBe(usable(before));
        if (reused) {
          expect(token).toBe(before);
          expect(signed.get(token)?.identity).toBe(identity);
        } else {
          expect(signed.has(token)).toBe(false);
          signed.set(token, { at: { ...time }, identity, expiresAt });
        }
        newest.set(identity, token);
        last = token;
      };

      for (const event of happenings) {
        if ('pass' in event) pass(event.pass, event.clocks);
        else if ('stepWall' in event) pass(event.stepWall, ['wall']);
        else if ('deny' in event) {
          cache.drop(last);
          gone.add(last);
        } else if ('rotate' in event) {
          generation += 1;
          expiresAt = time.wall + event.rotate;
        } else for (let nth = 0; nth < event.connect; nth += 1) await connect(event.user);
      }
    },
  );
  await fc.assert(run, { numRuns: 500 });
});
