import type { Attempt, EngineName } from '../endpoint/attempt-log';
import type { MySqlFaults } from '../mysql/mysql-faults';
import type { PostgresFaults } from '../postgres/postgres-faults';

/** Where a failover leads. */
export interface FailoverRequest {
  /** The URL of the database that takes over; without one it is the same, whose connections are lost. */
  readonly backend?: string;
}

/** What the HTTP control interface controls. */
export interface ControlTarget {
  /** Tells which faults there are. */
  readonly engine: EngineName;
  attempts(): Promise<readonly Attempt[]>;
  /** Forgets the attempts. */
  clear(): Promise<void>;
  faults(): Promise<object>;
  setFaults(faults: MySqlFaults | PostgresFaults): Promise<void>;
  setLimit(limit?: number): Promise<void>;
  setClockOffset(offsetMs: number): Promise<void>;
  killConnections(): Promise<void>;
  /** Hands out new session credentials from now on. */
  rotateCredentials(): void | Promise<void>;
  failOver(request: FailoverRequest): Promise<void>;
}
