import type { MariaDbServer } from '../emulator/mariadb-server';
import type { PostgresServer } from '../emulator/postgres-server';

/** The servers between global set-up and teardown, which jest loads one after the other in the same process. */
export const runningServers: { mariaDb?: MariaDbServer; postgres?: PostgresServer } = {};
