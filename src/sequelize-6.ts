import { dialectOf } from './dialects';
import { IamAuthError } from './errors';
import type { ConnectionManager } from './observe-connect';
import type { Pool } from './pool-watch';
import { replaceMethod } from './replace-method';
import type { SequelizeInstance } from './sequelize-instance';
import type { ConnectionConfig } from './types';

const HOOK_NAME = 'iam-auth';

interface PoolConfig {
  max: number;
  acquire: number;
  idle: number;
  maxUses?: number;
}

interface ConnectionManager6 extends ConnectionManager {
  readonly pool: Pool & { readonly read?: Pool; readonly write?: Pool };
  readonly config: ConnectionConfig & {
    pool: PoolConfig;
    readonly replication?:
      false | null | { readonly write: ConnectionConfig; readonly read: ConnectionConfig[] };
  };
  close: () => Promise<void>;
  initPools(): void;
}

interface Sequelize6 {
  readonly connectionManager: ConnectionManager6;
  readonly options: { databaseVersion?: unknown; pool?: object };
  getDialect(): string;
  addHook(
    type: 'beforeConnect',
    name: string,
    hook: (config: ConnectionConfig) => Promise<void>,
  ): unknown;
  removeHook(type: 'beforeConnect', name: string): unknown;
}

/** Reads a Sequelize 6 instance. Throws `ERR_IAM_AUTH_UNSUPPORTED` when it is none, or its dialect is not supported. */
export function sequelize6(target: object): SequelizeInstance {
  checkIsSequelize6(target);
  const dialect = dialectOf(target.getDialect());
  const { connectionManager: manager } = target;
  checkIsManager(manager);
  const { replication } = manager.config;
  return {
    dialect,
    connectionManager: manager,
    configs: () => (replication ? [replication.write, ...replication.read] : [manager.config]),
    pools: () => {
      const { read, write } = manager.pool;
      return read && write ? [write, read] : [manager.pool];
    },
    poolOf: (config) => {
      const { read, write } = manager.pool;
      if (!read || !write) return manager.pool;
      return replication && config === replication.write ? write : read;
    },
    poolSettings: () => ({
      ...manager.config.pool,
      maxUses: manager.config.pool.maxUses ?? Infinity,
    }),
    // Sequelize reads the version before any pool is asked for a connection, and sets it then.
    isProbing: () => target.options.databaseVersion === 0,
    addBeforeConnect: (hook) => void target.addHook('beforeConnect', HOOK_NAME, hook),
    removeBeforeConnect: () => void target.removeHook('beforeConnect', HOOK_NAME),
    onClose: (listener) =>
      replaceMethod(manager, 'close', (close) => () => {
        listener();
        return close.call(manager);
      }),
    fillPool: (pool) => {
      manager.config.pool = { ...manager.config.pool, ...pool, ...definedIn(target.options.pool) };
      target.options.pool = { ...pool, ...definedIn(target.options.pool) };
      manager.initPools();
    },
  };
}

function checkIsSequelize6(target: object): asserts target is Sequelize6 {
  if ('hooks' in target && typeof target.hooks === 'object') {
    throw new IamAuthError(
      'ERR_IAM_AUTH_UNSUPPORTED',
      'Sequelize 7 is not supported yet: use sequelize 6.29 or later',
    );
  }
  if (hasMethods(target, ['getDialect', 'addHook', 'removeHook'])) return;
  throw unknownSequelize();
}

function checkIsManager(manager: unknown): void {
  if (!hasMethods(manager, ['connect', 'close', 'initPools'])) throw unknownSequelize();
}

function hasMethods(target: unknown, names: readonly string[]): boolean {
  if (typeof target !== 'object' || target === null) return false;
  return names.every((name) => typeof Reflect.get(target, name) === 'function');
}

function unknownSequelize(): IamAuthError {
  return new IamAuthError(
    'ERR_IAM_AUTH_UNSUPPORTED',
    'This is not a Sequelize instance that is known: pass one of sequelize 6.29 or later',
  );
}

function definedIn(options: object | undefined): object {
  return Object.fromEntries(
    Object.entries(options ?? {}).filter(([, value]) => value !== undefined),
  );
}
