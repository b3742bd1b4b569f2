import type { ConnectionLimiter, LoginSlot } from '../../../src/limiter/contract';
import * as registry from '../../../src/limiter/process-registry';

const { backoffFor, limiterOf } = registry;

beforeEach(
  () => void jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate'] }),
);
afterEach(() => {
  expect(jest.getTimerCount()).toBe(0);
  jest.useRealTimers();
});

let keys = 0;
/** A key that no other test has used: limits stay with their key. */
const freshKey = () => `db-${(keys += 1)}:3306`;

async function turns(): Promise<void> {
  for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

/** How many of `count` requests a limiter grants at once; the others are withdrawn. */
async function grantedAtOnce(
  limiter: ConnectionLimiter,
  key: string,
  count = 60,
): Promise<LoginSlot[]> {
  const slots: LoginSlot[] = [];
  const withdrawals = Array.from({ length: count }, () => new AbortController());
  const all = withdrawals.map(({ signal }) =>
    limiter.acquire({ key, leaseMs: 15_000, signal }).then(
      (slot) => void slots.push(slot),
      () => undefined,
    ),
  );
  await turns();
  for (const withdrawal of withdrawals) withdrawal.abort();
  await Promise.all(all);
  return slots;
}

describe('the limiter of an option', () => {
  it.each([
    { option: undefined, granted: 19 },
    { option: {}, granted: 19 },
    { option: { limit: 5 }, granted: 5 },
    { option: { limit: 5.9 }, granted: 5 },
    { option: { limit: 0.5 }, granted: 1 },
    { option: { processes: 2 }, granted: 9 },
    { option: { processes: 19 }, granted: 1 },
    { option: { processes: 60 }, granted: 1 },
    { option: { limit: 40, processes: 2 }, granted: 20 },
    { option: false as const, granted: 60 },
  ])('grants $granted at once for $option', async ({ option, granted }) => {
    expect(await grantedAtOnce(limiterOf(option), freshKey())).toHaveLength(granted);
  });

  it.each([
    { processes: 19, cooldownMs: 1_010 },
    { processes: 38, cooldownMs: 2_010 },
    { processes: 190, cooldownMs: 10_010 },
  ])(
    'lets one of $processes processes log in $cooldownMs ms after its last login',
    async ({ processes, cooldownMs }) => {
      const limiter = limiterOf({ processes });
      const key = freshKey();
      const slots = await grantedAtOnce(limiter, key);
      expect(slots).toHaveLength(1);
      slots.forEach((slot) => slot.settle('accepted'));
      await jest.advanceTimersByTimeAsync(cooldownMs - 1);
      expect(await grantedAtOnce(limiter, key)).toHaveLength(0);
      await jest.advanceTimersByTimeAsync(1);
      expect(await grantedAtOnce(limiter, key)).toHaveLength(1);
    },
  );

  it('is the given one where that is a limiter', () => {
    const own = { acquire: () => Promise.reject(new Error('unused')) };
    expect(limiterOf(own)).toBe(own);
  });

  it('refuses unwanted and withdrawn requests without a limit too', async () => {
    const request = { key: freshKey(), leaseMs: 1 };
    const limiter = limiterOf(false);
    await expect(limiter.acquire({ ...request, isNeeded: () => false })).rejects.toMatchObject({
      code: 'ERR_IAM_AUTH_NOT_NEEDED',
    });
    const reason = new Error('closed');
    await expect(limiter.acquire({ ...request, signal: AbortSignal.abort(reason) })).rejects.toBe(
      reason,
    );
  });
});

describe('limiters of one thread', () => {
  it('share the slots of an endpoint, and not those of another', async () => {
    const key = freshKey();
    expect(await grantedAtOnce(limiterOf(), key, 10)).toHaveLength(10);
    expect(await grantedAtOnce(limiterOf({}), key)).toHaveLength(9);
    expect(await grantedAtOnce(limiterOf(), freshKey())).toHaveLength(19);
  });

  it('share the slots of a key that the user names, whatever the endpoint', async () => {
    const key = freshKey();
    expect(await grantedAtOnce(limiterOf({ key }), freshKey(), 10)).toHaveLength(10);
    expect(await grantedAtOnce(limiterOf({ key }), freshKey())).toHaveLength(9);
  });

  it.each([
    [{ limit: 7 }, { limit: 12 }],
    [{ limit: 12 }, { limit: 7 }],
  ])('obey the lowest limit: %j and %j', async (one, other) => {
    const key = freshKey();
    const first = await grantedAtOnce(limiterOf(one), key, 1);
    first.forEach((slot) => slot.settle('notNeeded'));
    const second = await grantedAtOnce(limiterOf(other), key, 1);
    second.forEach((slot) => slot.settle('notNeeded'));
    expect(await grantedAtOnce(limiterOf(one), key)).toHaveLength(7);
  });

  it('share slots and gates among copies of the package', async () => {
    const key = freshKey();
    expect(await grantedAtOnce(limiterOf(), key, 10)).toHaveLength(10);
    await jest.isolateModulesAsync(async () => {
      const copy = jest.requireActual<typeof registry>('../../../src/limiter/process-registry');
      expect(copy.limiterOf).not.toBe(limiterOf);
      expect(await grantedAtOnce(copy.limiterOf(), key)).toHaveLength(9);
      expect(copy.backoffFor(`app@${key}`)).toBe(backoffFor(`app@${key}`));
    });
  });
});

it('has one gate for a user at an endpoint, and another for another user', () => {
  expect(backoffFor('app@db:3306')).toBe(backoffFor('app@db:3306'));
  expect(backoffFor('app@db:3306')).not.toBe(backoffFor('admin@db:3306'));
});

describe('the free slots of a key', () => {
  it('are unknown before its first login, and without a limit', () => {
    expect(limiterOf({}).slotsFree?.(freshKey())).toBeUndefined();
    expect(limiterOf(false).slotsFree?.(freshKey())).toBeUndefined();
  });

  it('are those neither held nor in their cooldown, for all limiters of the key', async () => {
    const key = freshKey();
    const limiter = limiterOf({ limit: 5 });
    const [first, second] = await grantedAtOnce(limiter, key, 2);
    expect(limiterOf({}).slotsFree?.(key)).toBe(3);
    first?.settle('accepted');
    second?.settle('notNeeded');
    expect(limiter.slotsFree?.(key)).toBe(4);
    jest.advanceTimersByTime(1_009);
    expect(limiter.slotsFree?.(key)).toBe(4);
    jest.advanceTimersByTime(1);
    expect(limiter.slotsFree?.(key)).toBe(5);
  });

  it('are those of the option key', async () => {
    const limiter = limiterOf({ limit: 5, key: freshKey() });
    await grantedAtOnce(limiter, 'db:1', 1);
    expect(limiter.slotsFree?.('db:2')).toBe(4);
  });
});
