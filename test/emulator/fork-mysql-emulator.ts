import { forkEmulator } from './fork-emulator';
import type { MySqlEmulator, MySqlEmulatorOptions } from './mysql-emulator-types';

/** Starts the MySQL emulator in a process of its own. */
export function forkMySqlEmulator(options: MySqlEmulatorOptions): Promise<MySqlEmulator> {
  return forkEmulator({ engine: 'mysql', ...options });
}
