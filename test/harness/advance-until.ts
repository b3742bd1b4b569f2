const STEP_MS = 50;
/** As many as fit into the shortest timeout of Sequelize's pool and the package; a busy machine needs many, an idle one few. */
const MAX_STEPS = 800;

/** Moves jest's fake clock on in small steps, with real work between them, until it is true; rejects after 40 seconds of fake time. */
export async function advanceUntil(isTrue: () => boolean): Promise<void> {
  for (let step = 0; step < MAX_STEPS; step += 1) {
    if (isTrue()) return;
    await jest.advanceTimersByTimeAsync(STEP_MS);
    await new Promise((resolve) => setImmediate(resolve));
  }
  throw new Error('This did not come true within 40 s of the fake clock');
}
