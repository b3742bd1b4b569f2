import { AsyncLocalStorage } from 'node:async_hooks';
import { dialectOf } from '../dialects/dialect-of';
import type { DriverChanges } from '../dialects/dialect';
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

/** Names of listeners are unique, so it is this package's own. */
const HOOK_NAME = 'sequelize-rds-iam';

interface Pool7 extends Pool {
  readonly maxSize: number;
  readonly idleTimeoutMillis: number;
  readonly maxUsesPerResource: number;
  readonly _factory: { create: () => Promise<unknown> };
}

/** What instances, and the class with other types of hooks, have of version 7. */
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
  readonly pool: { readonly write: Pool7; readonly read: Pool7 | null };
  close: () => Promise<void>;
}

/** Whether this is of Sequelize 7, an instance or its class: version 6 has no such `hooks`. */
export function isSequelize7(target: unknown): target is Hooked {
  const { hooks } = Object(target) as { hooks?: unknown };
  return hasMethods(hooks, ['addListener', 'removeListener']);
}

/** Adds the only hook of this package, after all others. */
export function addHook7(target: Hooked, hook: IamAuthHook): void {
  const { hooks } = target;
  hooks.removeListener('beforeConnect', HOOK_NAME);
  hooks.addListener('beforeConnect', (config) => hook.call(target, config), HOOK_NAME);
}

/** Reads an instance of @sequelize/core 7. Throws `ERR_IAM_AUTH_UNSUPPORTED` when it is none, or its dialect is not supported. */
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
    followPools: () => followCreation(pools, creating),
    poolSettings: () => ({
      max: write.maxSize,
      acquire: write.acquireTimeoutMillis,
      idle: write.idleTimeoutMillis,
      maxUses: write.maxUsesPerResource,
    }),
    // Sequelize 7 reads the version on the first connection of a pool.
    isVersionProbe: () => false,
    addBeforeConnect: (hook) => addHook7(target, hook),
    removeBeforeConnect: () => void hooks.removeListener('beforeConnect', HOOK_NAME),
    onClose: (listener) =>
      wrapMethod(target, 'close', (close) => () => {
        listener();
        return close.call(target);
      }),
  };
}

/**
 * Sequelize 7 keeps the driver's options in the config itself, of which each connection gets a copy of its own. It fills in no
 * port, and without one its mysql dialect does not connect.
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
 * Notes which pool a connection is being created for. Its config, a copy, does not tell: a reader may be the writer's host. So the
 * creation is followed through its asynchronous calls, only where there are two pools.
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

function checkIsSequelize7(target: object): asserts target is Sequelize7 {
  const { dialect, pool, close } = target as Partial<Sequelize7>;
  const pools = [pool?.write, ...(pool?.read ? [pool.read] : [])];
  const known =
    isSequelize7(target) &&
    typeof close === 'function' &&
    hasMethods(dialect?.connectionManager, ['connect']) &&
    pools.every((each) => hasMethods(each, ['acquire']) && hasMethods(each?._factory, ['create']));
  if (!known) throw unknownSequelize();
}
