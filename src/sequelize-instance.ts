import type { Dialect } from './dialects/dialect';
import type { ConnectionManager } from './observe-connect';
import type { PoolSettings } from './pool';
import type { Pool } from './pool-watch';
import type { ConnectionConfig } from './types';

/** What this package does with a Sequelize instance, whatever its major version. */
export interface SequelizeInstance {
  readonly dialect: Dialect;
  readonly connectionManager: ConnectionManager;
  /** The config of every host: one, or the writer and the readers. */
  configs(): ConnectionConfig[];
  pools(): Pool[];
  poolOf(config: ConnectionConfig): Pool;
  poolSettings(): PoolSettings;
  /** Whether connections being opened now only read the server's version and belong to no pool. */
  isProbing(): boolean;
  addBeforeConnect(hook: (config: ConnectionConfig) => Promise<void>): void;
  removeBeforeConnect(): void;
  /** Calls `listener` when the instance is closed; the returned function undoes it. */
  onClose(listener: () => void): () => void;
  /** Rebuilds the pools, which must not have been used yet, with `pool` for what the user left unset. */
  fillPool(pool: Readonly<Record<string, number>>): void;
}
