import { spawn, type ChildProcess } from 'node:child_process';
import { constants } from 'node:os';
import type { Emulator } from '../emulator/emulator-types';

/** A command in the emulator's environment. */
export interface RunningCommand {
  /** Its exit code: 128 + n if signal n ended it, 127 if it does not exist, 126 if it cannot be run. */
  readonly exitCode: Promise<number>;
  readonly kill: (signal: NodeJS.Signals) => void;
}

/** The environment of a command. */
export function commandEnvironment(
  { env, unset }: Pick<Emulator, 'env' | 'unset'>,
  own: NodeJS.ProcessEnv = process.env,
): NodeJS.ProcessEnv {
  // The administrator's URL is none of the application's business.
  const hidden = [...unset, 'RDS_IAM_EMULATOR_BACKEND'];
  return {
    ...Object.fromEntries(Object.entries(own).filter(([name]) => !hidden.includes(name))),
    ...env,
  };
}

function exitCodeOf(child: ChildProcess, report: (message: string) => void): Promise<number> {
  return new Promise((resolve) => {
    child.once('error', (error: NodeJS.ErrnoException) => {
      report(`The command cannot be run: ${error.message}`);
      resolve(error.code === 'ENOENT' ? 127 : 126);
    });
    child.once('exit', (code, signal) =>
      resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal])),
    );
  });
}

/** Starts it with this process's own input and output. */
export function runCommand(
  [program, ...args]: readonly [string, ...string[]],
  emulator: Emulator,
  report: (message: string) => void,
): RunningCommand {
  const child = spawn(program, args, { stdio: 'inherit', env: commandEnvironment(emulator) });
  return { exitCode: exitCodeOf(child, report), kill: (signal) => void child.kill(signal) };
}
