import type { Experiment } from '../experiment';
import { credentialExperiments } from './credentials';
import { certificateExperiments } from './server-certificates';
import { failoverExperiments } from './server-failover';
import { instanceExperiments } from './server-instance';
import { networkExperiments } from './server-network';
import { refusalExperiments } from './server-refusals';
import { stepExperiments } from './server-steps';
import { providerExperiments } from './providers';
import { sessionExperiments } from './sessions';
import { clockExperiments } from './clocks';
import { processExperiments } from './process';
import { closeExperiments } from './process-close';
import { exitExperiments } from './process-exit';
import { memoryExperiments } from './process-memory';
import { redisExperiments } from './redis';
import { redisErrorExperiments } from './redis-errors';

/** The experiments of each file of this folder. */
const FILES: Readonly<Record<string, readonly Experiment[]>> = {
  'credentials.ts': credentialExperiments,
  'server-network.ts': networkExperiments,
  'server-steps.ts': stepExperiments,
  'server-refusals.ts': refusalExperiments,
  'server-certificates.ts': certificateExperiments,
  'server-instance.ts': instanceExperiments,
  'server-failover.ts': failoverExperiments,
  'providers.ts': providerExperiments,
  'sessions.ts': sessionExperiments,
  'clocks.ts': clockExperiments,
  'process.ts': processExperiments,
  'process-close.ts': closeExperiments,
  'process-exit.ts': exitExperiments,
  'process-memory.ts': memoryExperiments,
  'redis.ts': redisExperiments,
  'redis-errors.ts': redisErrorExperiments,
};

/** All of them, in the order of the table. */
export const EXPERIMENTS: readonly Experiment[] = Object.values(FILES).flat();

/** The file that contains it. */
export function fileOf(experiment: Experiment): string {
  const file = Object.entries(FILES).find(([, experiments]) => experiments.includes(experiment));
  if (file === undefined) throw new Error(`No file has the experiment ${experiment.id}`);
  return file[0];
}
