import fc from 'fast-check';

const LONG = process.env['FUZZ_RUNS'];
const RUNS = Number(LONG ?? 2000);
/** Short runs repeat. A long one has a seed of its own, which it prints. */
const SEED = Number(process.env['FUZZ_SEED'] ?? (LONG === undefined ? 20 : Date.now() % 2 ** 31));
const SLOW_MS = 1000;
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

/** Holds for every input, each within a second, and the memory of them all is given back. */
export function check<T>(inputs: fc.Arbitrary<T>, holds: (input: T) => void): void {
  const before = process.memoryUsage();
  const start = performance.now();
  // Not expect(), which costs more than what is tested.
  fc.assert(
    fc.property(inputs, (input) => shortest(() => holds(input), SLOW_MS) < SLOW_MS),
    { numRuns: RUNS, seed: SEED },
  );
  const { heapUsed, external } = process.memoryUsage();
  expect(heapUsed + external - before.heapUsed - before.external).toBeLessThan(200 * MEGABYTE);
  if (LONG === undefined) return;
  const seconds = Math.round((performance.now() - start) / 1000);
  const { currentTestName = '' } = expect.getState();
  process.stderr.write(`${currentTestName}: ${RUNS} inputs in ${seconds} s, seed ${SEED}\n`);
}

/** Throws unless it is true. */
export function demand(isTrue: boolean, what: string): void {
  if (!isTrue) throw new Error(what);
}
