import type { Places } from '../harness/cells';

/** What the program is told: how to end while logins wait. */
export interface ExitingPlan {
  readonly cell: string;
  readonly places: Places;
  readonly way: 'exit' | 'close' | 'SIGTERM';
  readonly exitCode: number;
}
