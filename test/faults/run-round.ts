import { setTimeout as delay } from 'node:timers/promises';
import type { Experiment } from './experiment';
import type { Observation } from './judge';
import type { Stage } from './stage';
import { KINDS, Workload } from './workload';

/** A query of each kind has succeeded this often before the fault comes, and after it has gone. */
const CALM = 3;
const CALM_WITHIN_MS = 20_000;
/** How long the application is watched once it is back to normal, and must be. */
const WATCH_MS = 1_000;

let rounds = 0;

/** Puts one fault upon an application at work, and accounts for every query. */
export async function runRound(experiment: Experiment, stage: Stage): Promise<Observation> {
  rounds += 1;
  const name = `${experiment.id}-${rounds}`;
  const { cell, ledger, application } = stage;
  const workload = new Workload(application.sequelize, cell, ledger.table, name);
  const unhandled: string[] = [];
  const listen = (reason: unknown) =>
    void unhandled.push(String(reason instanceof Error ? reason.stack : reason));
  process.on('unhandledRejection', listen).on('uncaughtException', listen);
  try {
    const requestsBefore = stage.credentials.requests();
    workload.start();
    await untilCalm(workload);
    await experiment.run(stage);
    const faultEndedAt = performance.now();
    await untilCalm(workload);
    // Longer than the promise: queries that start after it must be there to fail.
    await delay(Math.max(0, faultEndedAt + experiment.recoveryMs - performance.now()) + WATCH_MS);
    const [hanging, others] = await Promise.all([
      workload.stop(experiment.queryMs),
      stage.stopCompanions(experiment.queryMs),
    ]);
    return {
      queries: [workload, ...others].flatMap(({ results }) => results),
      attempts: await stage.takeAttempts(),
      credentialRequests: stage.credentials.requests() - requestsBefore,
      faultEndedAt,
      hanging: [{ hanging }, ...others].flatMap((each) => each.hanging),
      done: await ledger.take(),
      unhandled,
    };
  } finally {
    await workload.stop(0);
    await stage.stopCompanions(0);
    process.off('unhandledRejection', listen).off('uncaughtException', listen);
  }
}

/** Resolves once queries of each kind have succeeded from now on, or when they do not: then the judge will say why. */
async function untilCalm(workload: Workload): Promise<void> {
  const deadline = performance.now() + CALM_WITHIN_MS;
  const from = workload.results.length;
  const isCalm = () => {
    const succeeded = workload.results.slice(from).filter(({ error }) => error === undefined);
    return KINDS.every((kind) => succeeded.filter((query) => query.kind === kind).length >= CALM);
  };
  while (!isCalm() && performance.now() < deadline) await delay(50);
}
