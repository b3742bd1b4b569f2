/** Storms one database twice, with a hand-written hook and with sequelize-rds-iam, and shows the logins of both. */
import { readFile } from 'node:fs/promises';
import { HELP, readArguments, UsageError, type Arguments, type RealEndpoint } from './arguments';
import { startEmulatedRds } from './emulated-rds';
import { connectByHand } from './hand-written';
import { paintFor } from './paint';
import { realRds } from './real-rds';
import { charts, failures, flaws, table } from './report';
import { runApplication, type Run } from './run';
import type { Stage } from './stage';
import type { Target } from './target';
import { Undo } from './undo';
import { connectWithPackage } from './with-package';

function say(...lines: readonly string[]): void {
  for (const line of lines) console.log(line);
}

async function demo(args: Arguments, undo: Undo): Promise<number> {
  const stage = await openStage(args, undo);
  const go = (name: string, connect: typeof connectByHand) => {
    say(`${args.queries} queries of ${args.seconds} s at once, pool.max ${args.max}: ${name} ...`);
    return runApplication({ ...args, name, connect, stage, undo });
  };
  const handWritten = args.skipHandWritten ? [] : [await go('hand-written hook', connectByHand)];
  const withPackage = await go('sequelize-rds-iam', connectWithPackage);
  return show([...handWritten, withPackage], flaws(withPackage), stage, args);
}

/** Prints the results; returns the exit code. */
function show(
  runs: readonly Run[],
  reasons: readonly string[],
  { witness }: Stage,
  { limit }: Arguments,
): number {
  const paint = paintFor(process.stdout, process.env);
  say('', ...table(runs, witness, paint), '', ...charts(runs, limit, paint), '');
  const errors = runs.flatMap(failures);
  if (errors.length > 0) say('What the failed queries said:', ...errors, '');
  if (reasons.length === 0) {
    say(paint.good('With sequelize-rds-iam every query succeeded and no login was refused.'));
    return 0;
  }
  say(paint.bad(`The run with sequelize-rds-iam was not perfect: ${reasons.join(', ')}.`));
  return 1;
}

async function openStage({ real, limit }: Arguments, undo: Undo): Promise<Stage> {
  if (real) return realRds(await targetOf(real));
  say(`Starting MariaDB, and an RDS endpoint that accepts ${limit} logins per second ...`);
  return startEmulatedRds(limit, undo);
}

async function targetOf({ user, caFile, ...rest }: RealEndpoint): Promise<Target> {
  const ca = caFile === undefined ? undefined : await readFile(caFile, 'utf8');
  return { ...rest, username: user, ca, credentials: undefined };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

class Interrupted extends Error {}

/** Rejects on the first Ctrl-C or `kill`; a second one ends the process at once. */
function untilInterrupted(): Promise<never> {
  return new Promise((_, reject) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
      process.once(signal, () => reject(new Interrupted(signal)));
  });
}

async function main(): Promise<void> {
  const args = readArguments(process.argv.slice(2));
  if (args.help) {
    say(HELP);
    return;
  }
  const undo = new Undo();
  try {
    process.exitCode = await Promise.race([demo(args, undo), untilInterrupted()]);
  } finally {
    for (const problem of await undo.run()) console.error(`Could not clean up: ${problem.message}`);
  }
}

main().catch((error: unknown) => {
  const message = messageOf(error);
  if (error instanceof Interrupted) {
    console.error(`\n${message}: stopped and cleaned up`);
    // Queries that were under way may still wait for their answers.
    process.exit(130);
  }
  console.error(
    error instanceof UsageError ? `${message}\n\n${HELP}` : `The demo failed: ${message}`,
  );
  process.exitCode = 1;
});
