import type { Dialect, DriverChanges, DriverConfig } from '../dialects/dialect';
import { refuse } from '../errors';
import type { PoolSettings } from './pool-preset';
import type { Pool } from './pool-watch';
import { propertyOf } from '../untrusted';

/**
 * The connection config that Sequelize passes to `beforeConnect` and to the dialect's `connect`. Version 6 uses `username` and
 * `dialectOptions`. Version 7 is flat: `user` and the driver's other options are at the top.
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

/** The part of a dialect's connection manager that this package uses, the same in version 6 and 7. */
export interface ConnectionManager {
  connect: (config: ConnectionConfig) => Promise<unknown>;
}

/** This package's `beforeConnect` hook, which runs with the Sequelize instance as `this`. */
export type IamAuthHook = (this: object, config: ConnectionConfig | undefined) => Promise<void>;

/** A Sequelize instance, independent of its major version. Creating this view does not change the instance. */
export interface SequelizeInstance extends DriverConfigAccess {
  readonly dialect: Dialect;
  /** The driver's module, where Sequelize exposes it. */
  readonly driver: unknown;
  readonly connectionManager: ConnectionManager;
  /** The configs of all hosts: one, or the writer's and the readers'. */
  configs(): ConnectionConfig[];
  pools(): Pool[];
  /** The pool for which this config's connection is being opened. Needs `followPools` if there are two pools. */
  poolOf(config: ConnectionConfig): Pool;
  /** Starts tracking which pool creates a connection. The returned function stops it. */
  followPools(): () => void;
  poolSettings(): PoolSettings;
  /** Whether Sequelize is now opening a connection outside the pools, only to read the server's version. */
  isVersionProbe(): boolean;
  /** Removes this package's `beforeConnect` hook, inherited ones too. */
  removeBeforeConnect(): void;
  /** The object whose `close` every way of closing the instance calls. */
  readonly closable: { close: () => Promise<void> };
}

/** Reads and changes the driver's options in a connection's config, which each major version of Sequelize stores differently. */
export interface DriverConfigAccess {
  readonly driverConfig: (config: ConnectionConfig) => DriverConfig;
  /** Applies changes where Sequelize reads the driver's options. The returned function undoes them. */
  readonly applyChanges: (config: ConnectionConfig, changes: DriverChanges) => () => void;
}

/** Whether a value of any type has all these methods. */
export function hasMethods(target: unknown, names: readonly string[]): boolean {
  if (target === null || (typeof target !== 'object' && typeof target !== 'function')) return false;
  return names.every((name) => typeof propertyOf(target, name) === 'function');
}

/** Throws `ERR_IAM_AUTH_UNSUPPORTED`. */
export function refuseUnknownSequelize(): never {
  refuse(
    'ERR_IAM_AUTH_UNSUPPORTED',
    'This is not a Sequelize instance, or its version is unknown',
    'pass an instance of sequelize 6.29 or later, or of @sequelize/core 7',
  );
}
