import type { Emulator } from '../emulator/emulator-types';
import { startEmulator } from '../emulator/start-emulator';
import type { Invocation } from './parse-arguments';
import { attemptLine, summaryLines } from './print-attempts';
import { describeAsJson, shellCommands } from './print-environment';
import { runCommand, type RunningCommand } from './run-command';
import { checkEnvFile, writeEnvFile } from './write-env-file';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
const ENDED_AT_ONCE = 130;

/** Where it writes. */
export interface Output {
  readonly out: (line: string) => void;
  readonly err: (line: string) => void;
}

/** The signals to this process: the first one ends it in good order, the second at once. */
class Signals {
  readonly first: Promise<void>;
  #command: RunningCommand | undefined;
  #count = 0;

  constructor() {
    this.first = new Promise((resolve) => {
      for (const signal of SIGNALS)
        process.on(signal, () => {
          this.#count += 1;
          if (this.#count > 1) this.#endAtOnce();
          this.#pass(signal);
          resolve();
        });
    });
  }

  passTo(command: RunningCommand): void {
    this.#command = command;
  }

  #pass(signal: NodeJS.Signals): void {
    // From a terminal, Ctrl-C has reached the command already.
    if (signal === 'SIGINT' && process.stdin.isTTY) return;
    this.#command?.kill(signal);
  }

  #endAtOnce(): never {
    this.#command?.kill('SIGKILL');
    // What was created is removed by the process that created it.
    process.exit(ENDED_AT_ONCE);
  }
}

type Run = Extract<Invocation, { kind: 'run' }>;

function announce(run: Run, emulator: Emulator, { out, err }: Output): void {
  const { hostname, host, port, created } = emulator;
  if (run.isJson) out(describeAsJson(emulator));
  else if (!run.command && run.envFile === undefined)
    for (const line of shellCommands(emulator)) out(line);
  else err(`rds-iam-emulator: ${hostname} at ${host}:${port}`);
  if (created.length > 0)
    err(
      `rds-iam-emulator: created ${created.join(', ')} with every privilege on the database${run.emulator.keep ? '' : ', until the end'}`,
    );
  if (!run.command) err('rds-iam-emulator: Ctrl-C ends it');
}

async function serve(
  run: Run,
  emulator: Emulator,
  signals: Signals,
  output: Output,
): Promise<number> {
  if (run.envFile !== undefined) writeEnvFile(run.envFile, emulator);
  announce(run, emulator, output);
  if (!run.command) {
    await signals.first;
    return 0;
  }
  const command = runCommand(run.command, emulator, output.err);
  signals.passTo(command);
  return command.exitCode;
}

/** Runs the emulator until a signal or the end of the command; resolves to the exit code. */
export async function run(invocation: Run, output: Output): Promise<number> {
  if (invocation.envFile !== undefined) checkEnvFile(invocation.envFile);
  const signals = new Signals();
  const starting = startEmulator({
    ...invocation.emulator,
    ...(invocation.isVerbose && {
      onAttempt: (attempt) => output.err(`rds-iam-emulator: ${attemptLine(attempt)}`),
    }),
  });
  const emulator = await Promise.race([starting, signals.first]);
  // Whatever is there already is removed by the processes that made it.
  if (!emulator) process.exit(ENDED_AT_ONCE);
  try {
    return await serve(invocation, emulator, signals, output);
  } finally {
    for (const line of summaryLines(await emulator.attempts()))
      output.err(`rds-iam-emulator: ${line}`);
    await emulator.close();
  }
}
