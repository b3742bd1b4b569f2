import { carriedBy, type CarryingOptions } from './carried-options';
import { definedIn } from './defined-in';
import { dialectOf } from '../dialects/dialect-of';
import type { DriverConfig } from '../dialects/dialect';
import { readPoolSettings } from './pool-preset';
import type { Pool } from './pool-watch';
import { wrapMethod } from './wrap-method';
import {
  hasMethods,
  refuseUnknownSequelize,
  type DriverConfigAccess,
  type ConnectionManager,
  type IamAuthHook,
  type SequelizeInstance,
  type ConnectionConfig,
} from './instance';

interface ConnectionManager6 extends ConnectionManager {
  readonly lib?: unknown;
  readonly pool: Pool & {
    readonly read?: Pool;
    readonly write?: Pool;
    destroy: (connection: { readonly queryType?: unknown }) => unknown;
  };
  readonly config: ConnectionConfig & {
    pool: object;
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

/** Whether a value looks like an instance of Sequelize 6. */
export function isSequelize6(target: unknown): target is Sequelize6 {
  return hasMethods(target, ['getDialect', 'addHook', 'removeHook']);
}

/** Reads a Sequelize 6 instance. Throws `ERR_IAM_AUTH_UNSUPPORTED` for anything else, and for an unsupported dialect. */
export function sequelize6(target: object): SequelizeInstance {
  if (!isSequelize6(target)) refuseUnknownSequelize();
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
    // The config identifies the pool.
    followPools: () => (replication ? acceptBrokenConnections(manager.pool) : () => undefined),
    poolSettings: () => readPoolSettings(manager.pool.write ?? manager.pool),
    // Sequelize reads and sets the version before it uses any pool.
    isVersionProbe: () => target.options.databaseVersion === 0,
    removeBeforeConnect: () => removeHooks6(target),
    closable: manager,
  };
}

/**
 * With replication, Sequelize looks up the pool of a connection that breaks while it is set up, and has no pool yet. The TypeError, thrown
 * by a listener, would end the process; the query gets its error without it.
 */
function acceptBrokenConnections(pool: ConnectionManager6['pool']): () => void {
  return wrapMethod(
    pool,
    'destroy',
    (destroy) => (connection) =>
      connection.queryType === undefined ? undefined : destroy.call(pool, connection),
  );
}

/**
 * Adds the hook after removing this package's other hooks, inherited ones included. It has no name, because an instance's options pass
 * its hooks to other instances, and Sequelize breaks a named hook on the way.
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

/** Rebuilds the pools, with `pool` for the settings that the user left unset. The pools must be unused. */
export function fillPool6(target: object, pool: Readonly<Record<string, number>>): void {
  if (!isSequelize6(target)) refuseUnknownSequelize();
  const manager = managerOf(target);
  const filled = { ...pool, ...definedIn(target.options.pool ?? {}) };
  manager.config.pool = { ...manager.config.pool, ...filled };
  target.options.pool = filled;
  manager.initPools();
}

/** The top-level options of Sequelize 6, by the driver's names. */
const TOP_LEVEL: Readonly<Record<string, string>> = {
  host: 'host',
  port: 'port',
  user: 'username',
  password: 'password',
};

/**
 * Sequelize 6 stores host, port, user and password at the top of the config, and the rest in `dialectOptions`, which override the top
 * level for mysql and mariadb but not for postgres.
 */
export function configAccess6(dialect: string): DriverConfigAccess {
  const overrides = dialect !== 'postgres';
  return {
    driverConfig: (config) => driverConfig6(config, overrides),
    applyChanges: (config, { host, password, ...changes }) => {
      const before = {
        host: config.host,
        password: config.password,
        dialectOptions: config.dialectOptions,
      };
      const move = definedIn({ host });
      Object.assign(config, { password }, overrides ? {} : move);
      config.dialectOptions = definedIn({
        ...before.dialectOptions,
        ...changes,
        ...(overrides && move),
      });
      return () => void Object.assign(config, before);
    },
  };
}

function driverConfig6(config: ConnectionConfig, overrides: boolean): DriverConfig {
  const { host, port, username: user, password, native } = config;
  const own = definedIn({
    // Sequelize's default for a missing host.
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

function managerOf({ connectionManager }: Sequelize6): ConnectionManager6 {
  if (!hasMethods(connectionManager, ['connect', 'close', 'initPools'])) refuseUnknownSequelize();
  return connectionManager;
}
