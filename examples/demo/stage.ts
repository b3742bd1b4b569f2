import type { Sequelize } from 'sequelize';
import type { Login } from './logins';
import type { Target } from './target';

/** Where the demo runs: the emulator, or a real database. */
export interface Stage {
  readonly target: Target;
  /** Who counts the logins. */
  readonly witness: 'server' | 'client';
  /** Prepares the counting of this instance's logins, from zero. */
  readonly watch: (sequelize: Sequelize) => Promise<void>;
  /** The logins since `watch`, oldest first. */
  readonly logins: () => Promise<Login[]>;
  /** Whether the tables must be dropped, because the database stays. */
  readonly isKept: boolean;
}
