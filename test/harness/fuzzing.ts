import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';

const LONG = process.env['FUZZ_RUNS'];
const RUNS = Number(LONG ?? 1000);
/** Short runs repeat. A long one has a seed of its own, which it prints. */
const SEED = Number(process.env['FUZZ_SEED'] ?? (LONG === undefined ? 20 : Date.now() % 2 ** 31));
const SLOW_MS = 1000;
const IN_ONE_TURN = 10_000;
const MEGABYTE = 2 ** 20;

/** How long it takes at best: a busy machine may stop any program for a while, but not the same one three times. */
export function shortest(run: () => void, enoughMs: number): number {
  let best = Infinity;
  for (let round = 0; round < 3 && best > enoughMs; round += 1) {
    const start = performance.now();
    run();
    best = Math.min(best, performance.now() - start);
  }
  return best;
}

/** Holds for every input, each within a second, and the memory of them all is given back. `most` bounds their number. */
export async function check<T>(
  inputs: fc.Arbitrary<T>,
  holds: (input: T) => void,
  most = Infinity,
): Promise<void> {
  const runs = Math.min(RUNS, most);
  const before = await memoryInUse();
  const start = performance.now();
  // Not expect(), which costs more than what is tested.
  const property = fc.property(inputs, (input) => shortest(() => holds(input), SLOW_MS) < SLOW_MS);
  for (let done = 0; done < runs; done += IN_ONE_TURN) {
    fc.assert(property, { numRuns: Math.min(IN_ONE_TURN, runs - done), seed: SEED + done });
    // The target of a new WeakRef stays until the turn ends.
    await new Promise((resolve) => setImmediate(resolve));
  }
  const seconds = Math.round((performance.now() - start) / 1000);
  expect((await memoryInUse()) - before).toBeLessThan(50 * MEGABYTE);
  if (LONG === undefined) return;
  const { currentTestName = '' } = expect.getState();
  process.stderr.write(`${currentTestName}: ${runs} inputs in ${seconds} s, seed ${SEED}\n`);
}

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

async function memoryInUse(): Promise<number> {
  await new Promise((resolve) => setImmediate(resolve));
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** Throws unless it is true. */
export function demand(isTrue: boolean, what: string): void {
  if (!isTrue) throw new Error(what);
}
