import type { MariaDbServer } from './mariadb-server';
import type { PostgresServer } from './postgres-server';

/** The servers between global set-up and teardown, which jest loads one after the other in the same process. */
export const runningServers: { mariaDb?: MariaDbServer; postgres?: PostgresServer } = {};
