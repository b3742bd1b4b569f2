import type { Places } from '../harness/cells';
import type { QueryResult } from './workload';

/** Where the connections of an instance are when it is closed. */
export const CLOSING_STATES = [
  'idle',
  'queries running',
  'waiting for credentials',
  'waiting for a slot',
  'waiting for a limiter of its own',
  'connecting',
  'silent server',
  'backoff',
] as const;

export type ClosingState = (typeof CLOSING_STATES)[number];

/** `pool.idle` of the instances. */
export const IDLE_MS = 3_000;

/** The connect timeout of all instances but that of the silent server. They start at once, in a process that has just begun: on a busy machine, logins take a while. */
export const LOGIN_MS = 10_000;

/** What the program is told. */
export interface ClosingPlan {
  readonly cell: string;
  readonly places: Places;
  readonly states: readonly ClosingState[];
  readonly end: 'close' | 'remove';
  /** The port of a forwarder in front of each endpoint, on which everything arrives late, in the order of the places. */
  readonly slowPorts: readonly number[];
  /** A port that never answers, and one where nothing listens. */
  readonly silentPort: number;
  readonly deadPort: number;
}

/** What it says of one state. Durations are in milliseconds. */
export interface ClosingReport {
  readonly state: ClosingState;
  /** How long `close()` or `remove()` took. */
  readonly endMs: number;
  /** From then until the last query had ended. */
  readonly lastQueryMs: number;
  /** Whether the limiter of its own was told to stop. */
  readonly wasAborted: boolean;
  readonly queries: readonly (Pick<QueryResult, 'error'> & { readonly tookMs: number })[];
}
