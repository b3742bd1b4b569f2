import { startDatabase } from 'rds-iam-emulator';
import {
  administer,
  type PostgresAdministration,
  type PostgresCoordinates,
} from './postgres-administration';
import { provideDatabase } from './programs';

/** A private PostgreSQL server that goes away with the process that started it. */
export interface PostgresServer extends PostgresCoordinates, PostgresAdministration {
  readonly stop: () => Promise<void>;
}

/** Starts an empty PostgreSQL on a free loopback port, installed first where that is possible. */
export async function startPostgres(): Promise<PostgresServer> {
  provideDatabase('postgres');
  const { host, port, password, stop } = await startDatabase('postgres');
  const coordinates = { host, port, superuserPassword: password };
  return { ...coordinates, ...administer(coordinates), stop };
}
