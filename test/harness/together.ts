/** Declares a test of the group. */
export type TogetherIt = (name: string, test: () => Promise<void>) => void;

/**
 * `it` for tests that mostly wait: those of a describe block run together, at most `atOnce` at a time, from where this was called. Each
 * makes what it uses by itself, and leaves alone what a process has but once: the console, the environment. `test.concurrent` would run
 * them beside all other tests of the file.
 */
export function togetherIt(atOnce: number): TogetherIt {
  const waiting: (() => Promise<void>)[] = [];
  const work = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) await next();
  };
  beforeAll(() => {
    for (let worker = 0; worker < atOnce; worker += 1) void work();
  });

  return (name, test) => {
    const result = new Promise<void>((resolve) => {
      waiting.push(async () => {
        const done = test();
        resolve(done);
        // Its own test tells of it.
        await done.catch(() => undefined);
      });
    });
    // It may fail before its test is asked.
    result.catch(() => undefined);
    it(name, () => result);
  };
}
