import { monotonicNow } from '../clocks';
import {
  DEFAULT_LIMIT,
  type ConnectionLimiter,
  type LimiterOptions,
  type LoginBackoff,
  type LoginSlot,
  type LoginSlotRequest,
} from './contract';
import { BackoffQueue } from './gate';
import { shareOf, MemorySlots } from './slot-count';
import { MemoryQueue } from './slot-queue';

/**
 * One per JavaScript thread, shared by all Sequelize instances and all copies of this package that know its version.
 * A copy may be older or newer than the one that made the registry: what stands here must not change under the same symbol.
 */
interface Registry {
  /** Waits for a slot of `share.key`; the lowest limit that anybody asked for a key holds for it. */
  acquire(share: Share, request: LoginSlotRequest): Promise<LoginSlot>;
  /** The gate of one user at one endpoint. */
  gate(lane: string): LoginBackoff;
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

/** The gate of one user at one endpoint. */
export function backoffFor(lane: string): LoginBackoff {
  return registry().gate(lane);
}

function inProcessLimiter(options: LimiterOptions): ConnectionLimiter {
  const share = shareOf(options.limit ?? DEFAULT_LIMIT, options.processes ?? 1);
  return {
    acquire: (request) =>
      registry().acquire({ key: options.key ?? request.key, ...share }, request),
  };
}

const unlimited: ConnectionLimiter = {
  acquire: (request) => new MemoryQueue(new MemorySlots(Infinity), monotonicNow).acquire(request),
};

function registry(): Registry {
  const shared = globalThis as typeof globalThis & { [REGISTRY]?: Registry | undefined };
  return (shared[REGISTRY] ??= createRegistry());
}

function createRegistry(): Registry {
  const buckets = new Map<string, { readonly count: MemorySlots; readonly queue: MemoryQueue }>();
  const gates = new Map<string, BackoffQueue>();
  return {
    acquire: ({ key, limit, intervalMs }, request) => {
      const { count, queue } = getOrCreate(buckets, key, () => {
        const count = new MemorySlots(Infinity);
        return { count, queue: new MemoryQueue(count, monotonicNow) };
      });
      count.lower(limit, intervalMs);
      return queue.acquire(request);
    },
    gate: (lane) => getOrCreate(gates, lane, () => new BackoffQueue(monotonicNow)),
  };
}

function getOrCreate<T>(map: Map<string, T>, key: string, create: () => T): T {
  const existing = map.get(key);
  if (existing !== undefined) return existing;
  const created = create();
  map.set(key, created);
  return created;
}
