import type { Dialect, DriverChanges, DriverConfig } from '../dialects/dialect';
import { IamAuthError } from '../errors';
import type { PoolSettings } from './pool-preset';
import type { Pool } from './pool-watch';

/**
 * The connection config that Sequelize hands to `beforeConnect` and to the dialect's `connect`: in version 6 with `username` and
 * `dialectOptions`, in version 7 flat, with `user` and the driver's other options at the top.
 */
export interface ConnectionConfig {
  host?: string | null | undefined;
  port?: number | string | null | undefined;
  user?: string | null | undefined;
  username?: string | null | undefined;
  password?: unknown;
  ssl?: unknown;
  native?: unknown;
  dialectOptions?: object | null | undefined;
}

/** Sequelize's connection manager of a dialect, as far as it is used; version 6 and 7 call it alike. */
export interface ConnectionManager {
  connect: (config: ConnectionConfig) => Promise<unknown>;
}

/** This package's `beforeConnect` hook, which runs with the Sequelize instance as `this`. */
export type IamAuthHook = (this: object, config: ConnectionConfig | undefined) => Promise<void>;

/** What this package does with a Sequelize instance, whatever its major version. Reading one does not change it. */
export interface SequelizeInstance extends DriverConfigAccess {
  readonly dialect: Dialect;
  /** The driver's module, where Sequelize shows it. */
  readonly driver: unknown;
  readonly connectionManager: ConnectionManager;
  /** The config of every host: one, or the writer and the readers. */
  configs(): ConnectionConfig[];
  pools(): Pool[];
  /** The pool that a connection being opened with this config is for. Needs `followPools` where there are two. */
  poolOf(config: ConnectionConfig): Pool;
  /** Begins to notice for which pool a connection is created; the returned function ends it. */
  followPools(): () => void;
  poolSettings(): PoolSettings;
  /** Whether connections being opened now only read the server's version and belong to no pool. */
  isVersionProbe(): boolean;
  /** Adds the only hook of this package, after all others, in place of those that the instance has inherited. */
  addBeforeConnect(hook: IamAuthHook): void;
  removeBeforeConnect(): void;
  /** Calls `listener` when the instance is closed; the returned function undoes it. */
  onClose(listener: () => void): () => void;
}

/** Where a major version of Sequelize keeps the driver's options in a connection's config. */
export interface DriverConfigAccess {
  readonly driverConfig: (config: ConnectionConfig) => DriverConfig;
  /** Puts changes where Sequelize reads the driver's options from; the returned function takes them out again. */
  readonly applyChanges: (config: ConnectionConfig, changes: DriverChanges) => () => void;
}

/** Whether a foreign object has all these methods. */
export function hasMethods(target: unknown, names: readonly string[]): boolean {
  if (target === null || (typeof target !== 'object' && typeof target !== 'function')) return false;
  return names.every((name) => typeof Reflect.get(target, name) === 'function');
}

/** What is thrown about an object that looks like no known Sequelize. */
export function unknownSequelize(): IamAuthError {
  return new IamAuthError(
    'ERR_IAM_AUTH_UNSUPPORTED',
    'This is not a Sequelize instance that is known',
    { fix: 'pass one of sequelize 6.29 or later, or of @sequelize/core 7' },
  );
}
