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
import { shareOf, MemorySlots } from './memory-slots';
import { MemoryQueue } from './memory-queue';
import { notNeeded } from './waiting-line';

/**
 * One per JavaScript thread, shared by all Sequelize instances and all copies of this package that know its version.
 * A copy may be older or newer than the one that made the registry: what stands here must not change under the same symbol.
 */
interface Registry {
  /** Waits for a slot of `share.key`; the lowest limit that anybody asked for a key holds for it. */
  acquire(share: Share, request: LoginSlotRequest): Promise<LoginSlot>;
  /** The backoff of one user at one endpoint. */
  backoff(loginKey: string): LoginBackoff;
}

interface Share {
  readonly key: string;
  readonly limit: number;
  readonly intervalMs: number;
}

const REGISTRY = Symbol.for('sequelize-rds-iam.limiter.v1');

/** The limiter that the `limiter` option asks for. */
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
    backoff: (loginKey) => getOrCreate(backoffs, loginKey, () => new BackoffQueue(monotonicNow)),
  };
}

function getOrCreate<T>(map: Map<string, T>, key: string, create: () => T): T {
  const existing = map.get(key);
  if (existing !== undefined) return existing;
  const created = create();
  map.set(key, created);
  return created;
}
