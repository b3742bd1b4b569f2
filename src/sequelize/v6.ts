import { carriedBy, type CarryingOptions } from './carried-options';
import { definedIn } from './defined-in';
import { dialectOf } from '../dialects/dialect-of';
import type { DriverConfig } from '../dialects/dialect';
import type { Pool } from './pool-watch';
import { wrapMethod } from './wrap-method';
import {
  hasMethods,
  unknownSequelize,
  type DriverConfigAccess,
  type ConnectionManager,
  type IamAuthHook,
  type SequelizeInstance,
} from './instance';
import type { ConnectionConfig } from './instance';

interface PoolConfig {
  max: number;
  acquire: number;
  idle: number;
  maxUses?: number;
}

interface ConnectionManager6 extends ConnectionManager {
  readonly lib?: unknown;
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
  readonly options: CarryingOptions & { databaseVersion?: unknown; pool?: object };
  getDialect(): string;
  addHook(type: 'beforeConnect', hook: IamAuthHook): unknown;
  removeHook(type: 'beforeConnect', hook: IamAuthHook): unknown;
}

/** Whether this looks like an instance of Sequelize 6. */
export function isSequelize6(target: unknown): target is Sequelize6 {
  return hasMethods(target, ['getDialect', 'addHook', 'removeHook']);
}

/** Reads a Sequelize 6 instance. Throws `ERR_IAM_AUTH_UNSUPPORTED` when it is none, or its dialect is not supported. */
export function sequelize6(target: object): SequelizeInstance {
  checkIsSequelize6(target);
  const dialect = dialectOf(target.getDialect());
  const manager = managerOf(target);
  const { replication } = manager.config;
  return {
    ...configAccess6(dialect.name),
    dialect,
    driver: manager.lib,
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
    // Its config tells.
    followPools: () => () => undefined,
    poolSettings: () => ({
      ...manager.config.pool,
      maxUses: manager.config.pool.maxUses ?? Infinity,
    }),
    // Sequelize reads the version before any pool is asked for a connection, and sets it then.
    isVersionProbe: () => target.options.databaseVersion === 0,
    addBeforeConnect: (hook) => addHook6(target, hook),
    removeBeforeConnect: () => removeHooks6(target),
    onClose: (listener) =>
      wrapMethod(manager, 'close', (close) => () => {
        listener();
        return close.call(manager);
      }),
  };
}

/**
 * Without a name: an instance hands its hooks on to those made of its options, and Sequelize breaks a named one on the way. Taken off
 * are all of this package, the inherited ones too.
 */
export function addHook6(target: Sequelize6, hook: IamAuthHook): void {
  removeHooks6(target);
  target.addHook('beforeConnect', hook);
}

function removeHooks6(target: Sequelize6): void {
  for (const hook of [target.options.hooks?.beforeConnect].flat()) {
    if (carriedBy(hook) !== undefined) target.removeHook('beforeConnect', hook as IamAuthHook);
  }
}

/** Rebuilds the pools, which must not have been used yet, with `pool` for what the user left unset. */
export function fillPool6(target: object, pool: Readonly<Record<string, number>>): void {
  checkIsSequelize6(target);
  const manager = managerOf(target);
  manager.config.pool = {
    ...manager.config.pool,
    ...pool,
    ...definedIn(target.options.pool ?? {}),
  };
  target.options.pool = { ...pool, ...definedIn(target.options.pool ?? {}) };
  manager.initPools();
}

/** What Sequelize 6 calls what drivers call `user`. */
const TOP_LEVEL: Readonly<Record<string, string>> = {
  host: 'host',
  port: 'port',
  user: 'username',
  password: 'password',
};

/**
 * Sequelize 6 keeps the place and the user in the config itself and the rest in `dialectOptions`, which override the former
 * for mysql and mariadb; for postgres they do not.
 */
export function configAccess6(dialect: string): DriverConfigAccess {
  const overrides = dialect !== 'postgres';
  return {
    driverConfig: (config) => driverConfig6(config, overrides),
    applyChanges: (config, { host, password, ...changes }) => {
      const { host: hostBefore, password: passwordBefore, dialectOptions } = config;
      const move = host === undefined ? {} : { host };
      Object.assign(config, { password }, overrides ? {} : move);
      config.dialectOptions = definedIn({
        ...dialectOptions,
        ...changes,
        ...(overrides ? move : {}),
      });
      return () =>
        void Object.assign(config, {
          host: hostBefore,
          password: passwordBefore,
          dialectOptions,
        });
    },
  };
}

function driverConfig6(config: ConnectionConfig, overrides: boolean): DriverConfig {
  const { host, port, username: user, password, native } = config;
  const own = definedIn({
    // Where no host is named, Sequelize puts its own.
    host: host === 'localhost' ? undefined : (host ?? undefined),
    port: port ?? undefined,
    user: user ?? undefined,
    password: password ?? undefined,
  });
  const dialectOptions = definedIn(config.dialectOptions ?? {});
  const options = {
    ...definedIn({ native }),
    ...(overrides ? { ...own, ...dialectOptions } : { ...dialectOptions, ...own }),
  };
  return {
    options,
    nameOf: (option) => {
      const isOwn = option in own && !(overrides && option in dialectOptions);
      if (isOwn || !(option in options)) return TOP_LEVEL[option] ?? `dialectOptions.${option}`;
      return option in dialectOptions ? `dialectOptions.${option}` : option;
    },
  };
}

function checkIsSequelize6(target: object): asserts target is Sequelize6 {
  if (!isSequelize6(target)) throw unknownSequelize();
}

function managerOf({ connectionManager }: Sequelize6): ConnectionManager6 {
  if (hasMethods(connectionManager, ['connect', 'close', 'initPools'])) return connectionManager;
  throw unknownSequelize();
}
