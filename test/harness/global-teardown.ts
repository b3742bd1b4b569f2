import { runningServers } from './running-servers';

/** Stops the servers of the run. */
export default async function globalTeardown(): Promise<void> {
  await Promise.all([runningServers.mariaDb?.stop(), runningServers.postgres?.stop()]);
}
