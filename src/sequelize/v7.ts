import { AsyncLocalStorage } from 'node:async_hooks';
import { dialectOf } from '../dialects/dialect-of';
import type { DriverChanges } from '../dialects/dialect';
import { messageOf } from '../errors';
import { readPoolSettings } from './pool-preset';
import type { Pool } from './pool-watch';
import { wrapMethod } from './wrap-method';
import { propertyOf } from '../untrusted';
import {
  hasMethods,
  refuseUnknownSequelize,
  type DriverConfigAccess,
  type ConnectionManager,
  type IamAuthHook,
  type SequelizeInstance,
  type ConnectionConfig,
} from './instance';

/** Listener names must be unique. */
const HOOK_NAME = 'sequelize-rds-iam';

interface Pool7 extends Pool {
  readonly _factory: { create: () => Promise<unknown> };
}

/** The `hooks` that only version 7 has, on instances and on the class. */
interface Hooked {
  readonly hooks: {
    addListener(
      type: 'beforeConnect',
      listener: (config: ConnectionConfig) => Promise<void>,
      name: string,
    ): unknown;
    removeListener(type: 'beforeConnect', name: string): unknown;
  };
}

interface Sequelize7 extends Hooked {
  readonly dialect: {
    readonly name: string;
    readonly options: Readonly<Record<string, unknown>>;
    readonly connectionManager: ConnectionManager;
  };
  readonly options: {
    readonly replication: {
      readonly write: ConnectionConfig;
      readonly read: readonly ConnectionConfig[];
    };
  };
  readonly pool: {
    readonly write: Pool7;
    readonly read: Pool7 | null;
    destroy: (connection: object) => Promise<void>;
  };
  close: () => Promise<void>;
}

/** Whether a value looks like an instance or the class of Sequelize 7. Version 6 has no such `hooks`. */
export function isSequelize7(target: unknown): target is Hooked {
  return hasMethods(propertyOf(target, 'hooks'), ['addListener', 'removeListener']);
}

/** Adds this package's only hook, after all others. */
export function addHook7(target: Hooked, hook: IamAuthHook): void {
  const { hooks } = target;
  hooks.removeListener('beforeConnect', HOOK_NAME);
  hooks.addListener('beforeConnect', (config) => hook.call(target, config), HOOK_NAME);
}

/** Reads an instance of @sequelize/core 7. Throws `ERR_IAM_AUTH_UNSUPPORTED` for anything else, and for an unsupported dialect. */
export function sequelize7(target: object): SequelizeInstance {
  checkIsSequelize7(target);
  const { hooks, pool, options } = target;
  const { name, connectionManager, options: dialectOptions } = target.dialect;
  const dialect = dialectOf(name);
  const { write, read } = pool;
  const pools = read === null ? [write] : [write, read];
  const creating = new AsyncLocalStorage<Pool7>();
  return {
    ...configAccess7(dialectOptions, dialect.defaultPort),
    dialect,
    driver: undefined,
    connectionManager,
    configs: () => [options.replication.write, ...options.replication.read],
    pools: () => pools,
    poolOf: () => creating.getStore() ?? write,
    followPools: () => {
      const undo = [followCreation(pools, creating), acceptBrokenConnections(pool)];
      return () => {
        for (const step of undo) step();
      };
    },
    poolSettings: () => readPoolSettings(write),
    // Sequelize 7 reads the version on the first connection of a pool.
    isVersionProbe: () => false,
    removeBeforeConnect: () => void hooks.removeListener('beforeConnect', HOOK_NAME),
    closable: target,
  };
}

/**
 * Sequelize 7 stores the driver's options in the config itself and gives each connection its own copy. It sets no default port, and its
 * mysql dialect does not connect without one.
 */
export function configAccess7(
  dialectOptions: Readonly<Record<string, unknown>>,
  defaultPort: number,
): DriverConfigAccess {
  const { native } = dialectOptions;
  return {
    driverConfig: (config) => ({ options: { native, ...config }, nameOf: (option) => option }),
    applyChanges: (config, given) => {
      const { port } = config;
      const isGiven = port !== undefined && port !== null && port !== '';
      const changes: DriverChanges = { port: isGiven ? port : defaultPort, ...given };
      const before = { ...config };
      Object.assign(config, changes);
      for (const [option, value] of Object.entries(changes)) {
        if (value === undefined) Reflect.deleteProperty(config, option);
      }
      return () => {
        for (const option of Object.keys(changes)) Reflect.deleteProperty(config, option);
        Object.assign(config, before);
      };
    },
  };
}

/**
 * Tracks which pool creates a connection, if there are two. The config is a copy and does not identify the pool, because a reader may
 * have the writer's host. So the creation is followed through its asynchronous calls.
 */
function followCreation(pools: readonly Pool7[], creating: AsyncLocalStorage<Pool7>): () => void {
  const undo = (pools.length > 1 ? pools : []).map((pool) =>
    wrapMethod(
      pool._factory,
      'create',
      (create) => () => creating.run(pool, () => create.call(pool._factory)),
    ),
  );
  return () => {
    for (const step of undo) step();
    creating.disable();
  };
}

/**
 * Sequelize destroys a PostgreSQL connection that breaks while it is being set up, which is in no pool yet. The rejection, which nobody
 * handles, would end the process; the query gets its error without it.
 */
function acceptBrokenConnections(pool: Sequelize7['pool']): () => void {
  return wrapMethod(pool, 'destroy', (destroy) => async (connection) => {
    try {
      await destroy.call(pool, connection);
    } catch (error) {
      if (!/which pool the connection belongs/.test(messageOf(error))) throw error;
    }
  });
}

function checkIsSequelize7(target: object): asserts target is Sequelize7 {
  const { dialect, pool, close } = target as Partial<Sequelize7>;
  const pools = [pool?.write, ...(pool?.read ? [pool.read] : [])];
  const isKnown =
    isSequelize7(target) &&
    typeof close === 'function' &&
    hasMethods(dialect?.connectionManager, ['connect']) &&
    pools.every((each) => hasMethods(each, ['acquire']) && hasMethods(each?._factory, ['create']));
  if (!isKnown) refuseUnknownSequelize();
}
