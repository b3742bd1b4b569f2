import { ACQUIRE_MS, type Stage } from './stage';

const HOLD_MS = 4_000;

/** What the experiments of the group Server promise, as far as they do not say otherwise. */
export const SERVER = {
  group: 'Server',
  queryMs: ACQUIRE_MS + 1_500,
  recoveryMs: 1_500,
} as const;

/** An experiment's `run` that sets these faults of all endpoints for 4 s. */
export const holding =
  (faults: object) =>
  async ({ setFaults, wait }: Stage): Promise<void> => {
    await setFaults(faults);
    await wait(HOLD_MS);
    await setFaults();
  };
