import { startEmulator } from './emulator';
import type { PostgresEmulator, PostgresEmulatorOptions } from './postgres-emulator-types';
import { postgresFraming } from './postgres-protocol';
import { logInPostgresClient } from './postgres-session';

/** Starts an RDS-like PostgreSQL endpoint on loopback, in this process. */
export function startPostgresEmulator(options: PostgresEmulatorOptions): Promise<PostgresEmulator> {
  return startEmulator(options, {
    newFraming: () => postgresFraming,
    logIn: logInPostgresClient,
  });
}
