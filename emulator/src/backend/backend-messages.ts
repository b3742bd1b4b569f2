import type { BackendEngine } from './administration';
import type { BackendTarget } from './backend-url';
import type { DatabaseUser, RequestedUser } from './requested-user';

/** What the process that administers the backend is told first, on its standard input. */
export interface BackendOrder {
  readonly target: BackendTarget;
  readonly users: readonly RequestedUser[];
  /** Leave the users that were created. */
  readonly keep: boolean;
  /** Create this database in the place of the target's, and use it. */
  readonly createDatabase?: string;
}

/** What it is told later: to remove this file at the end. */
export interface FileOrder {
  readonly removeAtEnd: string;
}

/** What the emulator needs to know of its backend. */
export interface PreparedBackend {
  readonly engine: BackendEngine;
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly users: Readonly<Record<string, DatabaseUser>>;
  /** Those of the users that were created. */
  readonly created: readonly string[];
  /** A folder that only this user of the machine can enter, removed at the end. */
  readonly folder: string;
}

/** What it answers: once when the backend is prepared, and once more if the end fails. */
export type BackendAnswer =
  | { readonly prepared: PreparedBackend }
  | { readonly error: { readonly message: string; readonly isUsage: boolean } };
