import { startDatabase } from 'rds-iam-emulator';
import {
  administer,
  type MariaDbAdministration,
  type MariaDbCoordinates,
} from './mariadb-administration';
import { provideDatabase } from './programs';

/** A private MariaDB server that goes away with the process that started it. */
export interface MariaDbServer extends MariaDbCoordinates, MariaDbAdministration {
  readonly stop: () => Promise<void>;
}

/** Starts an empty MariaDB on a free loopback port, installed first where that is possible. */
export async function startMariaDb(): Promise<MariaDbServer> {
  provideDatabase('mariadb');
  const { host, port, password, stop } = await startDatabase('mariadb');
  const coordinates = { host, port, rootPassword: password };
  return { ...coordinates, ...administer(coordinates), stop };
}
