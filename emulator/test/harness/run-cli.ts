import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '../../../test/harness/eventually';

const CLI = join(__dirname, '../../dist/cli.js');

/** A running command line. */
export interface RunningCli {
  readonly child: ChildProcess;
  readonly stdout: () => string;
  readonly stderr: () => string;
  /** Resolves when it has printed this. */
  readonly printed: (pattern: RegExp) => Promise<void>;
  /** Resolves to the exit code, or to the name of the signal. */
  readonly ended: Promise<number | string | null>;
}

/** Starts `rds-iam-emulator` with these arguments. */
export function startCli(args: readonly string[], env: NodeJS.ProcessEnv = {}): RunningCli {
  // In a temporary folder of its own, where what it leaves can be counted.
  const child = spawn(process.execPath, [CLI, ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (bytes: Buffer) => (stdout += bytes.toString()));
  child.stderr.on('data', (bytes: Buffer) => (stderr += bytes.toString()));
  // `close` comes when all that it printed is here.
  const ended = once(child, 'close').then(
    ([code, signal]) => (code ?? signal) as number | string | null,
  );
  return {
    child,
    stdout: () => stdout,
    stderr: () => stderr,
    printed: (pattern) =>
      until(() => {
        if (child.exitCode !== null && !pattern.test(stdout + stderr))
          throw new Error(`It ended before it printed ${String(pattern)}:\n${stdout}${stderr}`);
        return pattern.test(stdout + stderr);
      }),
    ended,
  };
}

/** Runs it to its end. */
export async function runCli(
  args: readonly string[],
  env?: NodeJS.ProcessEnv,
): Promise<{ code: number | string | null; stdout: string; stderr: string }> {
  const cli = startCli(args, env);
  const code = await cli.ended;
  return { code, stdout: cli.stdout(), stderr: cli.stderr() };
}

/** What `--json` prints. */
export interface Description {
  readonly host: string;
  readonly port: number;
  readonly hostname: string;
  readonly region: string;
  readonly engine: string;
  readonly caFile: string;
  readonly env: Readonly<Record<string, string>>;
  readonly unset: readonly string[];
}

/** Waits for what `--json` prints. */
export async function description(cli: RunningCli): Promise<Description> {
  await cli.printed(/\}\n/);
  return JSON.parse(cli.stdout()) as Description;
}

/** The emulator's temporary folders. */
export const temporaryFolders = (folder = tmpdir()) =>
  readdirSync(folder).filter((name) => /^rds-iam-emulator-/.test(name));

/** The arguments of a process and of all that it started, in one text. */
export function argumentsBelow(root: number): string {
  const processes = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,args='], { encoding: 'utf8' })
    .split('\n')
    .map((line) => {
      const [, pid, parent, args = ''] = /^ *(\d+) +(\d+) (.*)$/.exec(line) ?? [];
      return { pid: Number(pid), parent: Number(parent), args };
    });
  const below = (pid: number): string[] =>
    processes
      .filter(({ parent }) => parent === pid)
      .flatMap((child) => [child.args, ...below(child.pid)]);
  const own = processes.filter(({ pid }) => pid === root).map(({ args }) => args);
  return [...own, ...below(root)].join('\n');
}
