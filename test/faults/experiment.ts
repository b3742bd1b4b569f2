import type { Attempt } from 'rds-iam-emulator';
import type { IamAuthOptions } from 'sequelize-rds-iam';
import type { Cell } from '../harness/cells';
import type { Stage } from './stage';
import type { QueryKind, QueryResult } from './workload';

/** What an application sets for an experiment, besides what all of them have. */
export interface Settings {
  readonly options?: object;
  readonly iamAuth?: IamAuthOptions;
}

/** What was seen from the fault's beginning to the last query. */
export interface Seen {
  readonly queries: readonly QueryResult[];
  /** Those at each endpoint. */
  readonly attempts: readonly (readonly Attempt[])[];
  /** Requests to the credential endpoint. */
  readonly credentialRequests: number;
}

/** One fault upon an application at work, and what may become of its queries. Durations are in milliseconds. */
export interface Experiment {
  readonly id: string;
  readonly group: 'Credentials' | 'Server' | 'Process' | 'Redis limiter';
  /** A noun phrase: what is wrong. */
  readonly fault: string;
  /** What the person in charge does. */
  readonly remedy: string;
  /** Default: every cell. */
  readonly cells?: (cell: Cell) => boolean;
  /** Also runs in `npm test`. */
  readonly isShort?: boolean;
  /** Needs an application of its own, so that it is no part of the soak. */
  readonly isAlone?: boolean;
  readonly prepare?: (stage: Stage) => Settings | Promise<Settings>;
  /** Puts the fault on, leaves it for a while, and takes it away. */
  readonly run: (stage: Stage) => Promise<void>;
  /** Codes of `explainError` with which queries may fail. */
  readonly errors: readonly string[];
  /** Queries of these kinds may not fail at all. */
  readonly unharmed?: readonly QueryKind[];
  /** Whether established connections break, so that a query may fail after the server has done it. */
  readonly breaksConnections?: boolean;
  /** Reasons for which the server may refuse no login, although it may refuse others. */
  readonly neverRefusedAs?: readonly string[];
  /** The longest that a query may take. */
  readonly queryMs: number;
  /** After the fault has ended: from then on, no query that starts fails. */
  readonly recoveryMs: number;
  /** Whether the fault was met: an experiment that does nothing proves nothing. */
  readonly isMet: (seen: Seen, cell: Cell) => boolean;
}

/** Whether queries failed with this code. */
export const failedWith =
  (...codes: readonly string[]) =>
  ({ queries }: Seen): boolean =>
    queries.some(({ error }) => error !== undefined && codes.includes(error.code));

/** Whether logins ended so at some endpoint. */
export const attemptsEnded =
  (matches: (attempt: Attempt) => boolean) =>
  ({ attempts }: Seen): boolean =>
    attempts.flat().some(matches);
