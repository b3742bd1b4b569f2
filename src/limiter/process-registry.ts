import { monotonicNow } from '../async/clocks';
import {
  DEFAULT_LIMIT,
  type ConnectionLimiter,
  type LimiterOptions,
  type LoginBackoff,
  type LoginSlot,
  type LoginSlotRequest,
} from './contract';
import { BackoffQueue } from './backoff-queue';
import { MemorySlots, shareOf, type Share } from './memory-slots';
import { MemoryQueue } from './memory-queue';
import { notNeeded } from './waiting-line';

/**
 * One per JavaScript thread, shared by all Sequelize instances and by all copies of this package that use the same symbol version.
 * The copies may differ in version: do not change this interface without changing the symbol,
 * except by members that may be missing.
 */
interface Registry {
  /** Waits for a slot of `share.key`. The lowest limit ever requested for a key stays in force. */
  acquire(share: KeyShare, request: LoginSlotRequest): Promise<LoginSlot>;
  /** The backoff of one user at one endpoint. */
  backoff(loginKey: string): LoginBackoff;
  /** How many slots are free now. Missing in the registry of an older copy. */
  slotsFree?(key: string): number | undefined;
}

interface KeyShare extends Share {
  readonly key: string;
}

const REGISTRY = Symbol.for('sequelize-rds-iam.limiter.v1');

/** The limiter for a value of the `limiter` option. */
export function limiterOf(
  option: LimiterOptions | ConnectionLimiter | false = {},
): ConnectionLimiter {
  if (option === false) return unlimited;
  return 'acquire' in option ? option : inProcessLimiter(option);
}

/** The backoff of one user at one endpoint. */
export function backoffFor(loginKey: string): LoginBackoff {
  return registry().backoff(loginKey);
}

function inProcessLimiter(options: LimiterOptions): ConnectionLimiter {
  const share = shareOf(options.limit ?? DEFAULT_LIMIT, options.processes ?? 1);
  return {
    acquire: (request) =>
      registry().acquire({ key: options.key ?? request.key, ...share }, request),
    slotsFree: (key) => registry().slotsFree?.(options.key ?? key),
  };
}

const unlimited: ConnectionLimiter = {
  acquire: async ({ signal, isNeeded }) => {
    signal?.throwIfAborted();
    await new Promise((resolve) => setImmediate(resolve));
    signal?.throwIfAborted();
    if (isNeeded?.() === false) throw notNeeded();
    return { settle: () => undefined };
  },
};

function registry(): Registry {
  const shared = globalThis as typeof globalThis & { [REGISTRY]?: Registry | undefined };
  return (shared[REGISTRY] ??= createRegistry());
}

function createRegistry(): Registry {
  const buckets = new Map<string, { readonly slots: MemorySlots; readonly queue: MemoryQueue }>();
  const backoffs = new Map<string, BackoffQueue>();
  return {
    acquire: ({ key, limit, intervalMs }, request) => {
      const { slots, queue } = getOrCreate(buckets, key, () => {
        const slots = new MemorySlots(Infinity);
        return { slots, queue: new MemoryQueue(slots, monotonicNow) };
      });
      slots.lowerLimitTo(limit, intervalMs);
      return queue.acquire(request);
    },
    slotsFree: (key) => buckets.get(key)?.slots.free(monotonicNow()),
    backoff: (loginKey) => getOrCreate(backoffs, loginKey, () => new BackoffQueue(monotonicNow)),
  };
}

/** The value of a key, which is created if it is missing. */
export function getOrCreate<T>(map: Map<string, T>, key: string, create: () => T): T {
  const existing = map.get(key);
  if (existing !== undefined) return existing;
  const created = create();
  map.set(key, created);
  return created;
}
