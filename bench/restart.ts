import { COOLDOWN_MS, shareOf } from '../src/limiter/memory-slots';
import { peakPerSecond } from '../test/harness/login-simulation';
import { seeded } from '../test/harness/seeded';

/** Every process of a fleet starts anew at the same instant and opens all its connections. */
export interface Restart {
  readonly processes: number;
  readonly connections: number;
  readonly limit: number;
  /** A login takes from half of this to one and a half times this, evenly spread. */
  readonly loginMs: number;
  readonly way: 'through Redis' | 'own shares' | 'each for itself';
}

export interface Recovery {
  readonly restart: Restart;
  readonly logins: number;
  /** When every process had its first connection, and all of them. */
  readonly firstsMs: number;
  readonly allMs: number;
  /** What the limit and the time of a login allow at best. */
  readonly boundMs: number;
  /** The share of processes whose first connection waited longer than Sequelize's `acquire` of 60 s. */
  readonly beyondAcquire: number;
  readonly peakPerSecond: number;
  readonly redisPerSecond: number;
  readonly redisPeakPerSecond: number;
  readonly redisPerLogin: number;
}

const ACQUIRE_MS = 60_000;

/** Simulates a restart, event by event. `random` decides the times of logins. */
export function simulateRestart(restart: Restart, random: () => number = seeded(1)): Recovery {
  const logins: { readonly process: number; readonly at: number }[] = [];
  const redisAt: number[] = [];
  const loginMs = () => restart.loginMs * (0.5 + random());
  if (restart.way === 'through Redis') throughRedis(restart, loginMs, logins, redisAt);
  else apart(restart, loginMs, logins);

  logins.sort((one, other) => one.at - other.at);
  const firsts = new Map<number, number>();
  for (const { process, at } of logins) if (!firsts.has(process)) firsts.set(process, at);
  const firstTimes = [...firsts.values()];
  const allMs = logins.at(-1)?.at ?? 0;
  const rate = restart.limit / (COOLDOWN_MS + restart.loginMs);
  return {
    restart,
    logins: logins.length,
    firstsMs: Math.max(0, ...lastOf(firstTimes)),
    allMs,
    boundMs: Math.max(0, logins.length / rate - COOLDOWN_MS),
    beyondAcquire: firstTimes.filter((at) => at > ACQUIRE_MS).length / restart.processes,
    peakPerSecond: peakPerSecond(logins.map(({ at }) => at)),
    redisPerSecond: allMs === 0 ? 0 : (redisAt.length / allMs) * 1_000,
    redisPeakPerSecond: peakPerSecond(redisAt),
    redisPerLogin: redisAt.length / logins.length,
  };
}

function lastOf(times: readonly number[]): number[] {
  return times.length === 0 ? [] : [times.reduce((a, b) => Math.max(a, b))];
}

/** Each process by itself, with the whole limit or with its part of it. */
function apart(
  { processes, connections, limit, way }: Restart,
  loginMs: () => number,
  logins: { process: number; at: number }[],
): void {
  const share = shareOf(limit, way === 'own shares' ? processes : 1);
  const cooldownMs = share.intervalMs + COOLDOWN_MS - 1_000;
  for (let process = 0; process < processes; process += 1) {
    const freeAt = Array<number>(Math.min(share.limit, connections)).fill(0);
    for (let index = 0; index < connections; index += 1) {
      const slot = index % freeAt.length;
      const at = freeAt[slot] ?? 0;
      logins.push({ process, at });
      freeAt[slot] = at + loginMs() + cooldownMs;
    }
  }
}

/** What src/limiter/redis-script decides, in simulated time. */
function throughRedis(
  { processes, connections, limit }: Restart,
  loginMs: () => number,
  logins: { process: number; at: number }[],
  redisAt: number[],
): void {
  const agenda = new Agenda();
  const turns = new Turns(processes * connections + 1);
  const turnOf = Array<number | undefined>(processes).fill(undefined);
  const left = Array<number>(processes).fill(connections);
  /** When each slot in use is free; those held count as far away. */
  let inUse: number[] = [];
  const ask = (now: number, process: number): void => {
    redisAt.push(now);
    inUse = inUse.filter((freeAt) => freeAt > now).sort((one, other) => one - other);
    const free = limit - inUse.length;
    const turn = turnOf[process];
    const ahead = turn === undefined ? turns.waiting() : turns.before(turn);
    if (ahead < free) {
      if (turn !== undefined) turns.leave(turn);
      turnOf[process] = undefined;
      logins.push({ process, at: now });
      const endsAt = now + loginMs();
      inUse.push(endsAt + COOLDOWN_MS);
      agenda.add(endsAt, (at) => void redisAt.push(at));
      left[process] = (left[process] ?? 0) - 1;
      if ((left[process] ?? 0) > 0) agenda.add(now + 1, (at) => ask(at, process));
      return;
    }
    if (turn === undefined) turnOf[process] = turns.join();
    const position = ahead - free;
    const freeAt = inUse[position % limit] ?? Infinity;
    let wait =
      Math.floor(position / limit) * COOLDOWN_MS + Math.max(1, Math.min(COOLDOWN_MS, freeAt - now));
    if (wait > 2 * COOLDOWN_MS) wait = Math.min(wait / 2, 30_000);
    agenda.add(now + wait + 10, (at) => ask(at, process));
  };
  for (let process = 0; process < processes; process += 1) agenda.add(0, (at) => ask(at, process));
  agenda.run();
}

/** Who waits, in the order in which they came: a binary indexed tree, for ranks among tens of thousands. */
class Turns {
  readonly #tree: number[];
  #last = 0;
  #count = 0;

  constructor(most: number) {
    this.#tree = Array<number>(most + 1).fill(0);
  }

  waiting(): number {
    return this.#count;
  }

  join(): number {
    this.#last += 1;
    this.#add(this.#last, 1);
    return this.#last;
  }

  leave(turn: number): void {
    this.#add(turn, -1);
  }

  before(turn: number): number {
    let sum = 0;
    for (let index = turn - 1; index > 0; index -= index & -index) sum += this.#tree[index] ?? 0;
    return sum;
  }

  #add(turn: number, by: number): void {
    this.#count += by;
    for (let index = turn; index < this.#tree.length; index += index & -index) {
      this.#tree[index] = (this.#tree[index] ?? 0) + by;
    }
  }
}

/** Events by time: a binary heap. */
class Agenda {
  readonly #heap: { readonly at: number; readonly run: (at: number) => void }[] = [];

  add(at: number, run: (at: number) => void): void {
    const heap = this.#heap;
    heap.push({ at, run });
    for (let index = heap.length - 1; index > 0;) {
      const parent = (index - 1) >> 1;
      if (!this.#swapIfLater(parent, index)) return;
      index = parent;
    }
  }

  run(): void {
    for (let next = this.#pop(); next !== undefined; next = this.#pop()) next.run(next.at);
  }

  #pop() {
    const heap = this.#heap;
    const [first] = heap;
    const last = heap.pop();
    if (first === undefined || last === undefined || heap.length === 0) return first;
    heap[0] = last;
    for (let index = 0; ;) {
      const left = 2 * index + 1;
      const smaller =
        (heap[left + 1]?.at ?? Infinity) < (heap[left]?.at ?? Infinity) ? left + 1 : left;
      if (!this.#swapIfLater(index, smaller)) return first;
      index = smaller;
    }
  }

  #swapIfLater(one: number, other: number): boolean {
    const [first, second] = [this.#heap[one], this.#heap[other]];
    if (first === undefined || second === undefined || first.at <= second.at) return false;
    [this.#heap[one], this.#heap[other]] = [second, first];
    return true;
  }
}
