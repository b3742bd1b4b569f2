import { runningServer } from './running-server';

/** Stops the MariaDB of the run. */
export default async function globalTeardown(): Promise<void> {
  await runningServer.mariaDb?.stop();
}
