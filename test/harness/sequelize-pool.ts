import { Pool } from 'sequelize-pool';
import type { Pool as WatchedPool } from '../../src/sequelize/pool-watch';

export interface Connection {
  readonly id: number;
}

interface PoolSettings {
  create: () => Promise<Connection>;
  max?: number;
  min?: number;
  acquireTimeoutMillis?: number;
}

/** The pool that Sequelize 6 uses, and the same pool as the package sees it: its types hide the acquire time-out. */
export function createPool(settings: PoolSettings) {
  const pool = new Pool<Connection>({
    destroy: () => undefined,
    validate: () => true,
    min: 0,
    max: 5,
    ...settings,
  });
  const foreign: unknown = pool;
  return { pool, watched: foreign as WatchedPool };
}
