import type { MariaDbServer } from '../emulator/mariadb-server';

/** The server between global set-up and teardown, which jest loads one after the other in the same process. */
export const runningServer: { mariaDb?: MariaDbServer } = {};
