import { setTimeout as sleep } from 'node:timers/promises';
import type { Contender, Opened, PeerSettings, Tasks } from '../contenders';
import { setUp, type Client } from './client';

/** Notes how logins end, from its creation on. */
class LoginRecord {
  readonly #startedAt = performance.now();
  readonly #cpu = process.cpuUsage();
  readonly #errors = new Set<string>();
  #succeeded = 0;
  #failed = 0;
  #lastSuccessMs = 0;

  /** What the login returns; `undefined` if it failed. */
  async note<T>(login: () => Promise<T>): Promise<T | undefined> {
    try {
      const result = await login();
      this.#succeeded += 1;
      this.#lastSuccessMs = performance.now() - this.#startedAt;
      return result;
    } catch (error) {
      this.#failed += 1;
      this.#errors.add(error instanceof Error ? error.name : 'unknown error');
      return undefined;
    }
  }

  read(): Opened {
    const { user, system } = process.cpuUsage(this.#cpu);
    return {
      succeeded: this.#succeeded,
      failed: this.#failed,
      lastSuccessMs: this.#lastSuccessMs,
      wallMs: performance.now() - this.#startedAt,
      cpuMs: (user + system) / 1_000,
      errors: [...this.#errors],
    };
  }
}

const times = <T>(count: number, start: () => Promise<T>) =>
  Promise.all(Array.from({ length: count }, start));

export async function open(
  contender: Contender,
  settings: PeerSettings,
  { targets, isWarm }: Tasks['open']['task'],
): Promise<Opened> {
  const clients = await Promise.all(targets.map((target) => setUp(contender, target, settings)));
  if (isWarm) await clients[0]?.query();
  const record = new LoginRecord();
  const ofEach = clients.map((client) => times(settings.max, () => record.note(client.hold)));
  const held = (await Promise.all(ofEach)).flat().filter((one) => one !== undefined);
  const opened = record.read();
  await Promise.allSettled(held.map(({ release }) => release()));
  await Promise.allSettled(clients.map((client) => client.close()));
  return opened;
}

export async function repeat(
  client: Client,
  { settings, task }: { readonly settings: PeerSettings; readonly task: Tasks['repeat']['task'] },
): Promise<Opened> {
  const { warmUp, count = Infinity, forMs = Infinity } = task;
  for (let done = 0; done < warmUp; done += 1) await client.query();
  const record = new LoginRecord();
  const end = performance.now() + forMs;
  let begun = 0;
  await times(settings.max, async () => {
    while (begun < count && performance.now() < end) {
      begun += 1;
      await record.note(client.query);
      // A loop that only fails must leave the event loop some air.
      await sleep(0);
    }
  });
  const result = record.read();
  await client.close();
  return result;
}

/** What a process needs that has a warm instance, and beside it what the task says. */
export async function memory(
  contender: Contender,
  settings: PeerSettings,
  { target, instances, connections }: Tasks['memory']['task'],
): Promise<Tasks['memory']['answer']> {
  const warm = await setUp(contender, target, settings);
  await warm.query();
  await warm.close();
  const kept = await times(instances, () => setUp(contender, target, settings));
  const client = await setUp(contender, target, { ...settings, max: Math.max(1, connections) });
  const held = await times(connections, client.hold);
  const answer = await settledMemory();
  await Promise.allSettled(held.map(({ release }) => release()));
  await Promise.allSettled([client, ...kept].map((one) => one.close()));
  return answer;
}

async function settledMemory(): Promise<Tasks['memory']['answer']> {
  const { gc } = globalThis;
  if (gc === undefined) throw new Error('Memory is measured with --expose-gc');
  for (let round = 0; round < 4; round += 1) {
    await sleep(50);
    gc();
  }
  const { heapUsed, external, rss } = process.memoryUsage();
  return { heap: heapUsed + external, rss };
}
