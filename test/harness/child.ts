import { execFile } from 'node:child_process';
import { join } from 'node:path';

export const ROOT = join(__dirname, '../..');

/** How a child process ended, and what it said. */
export interface Ended {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs Node with these arguments to its end. */
export function runNode(
  args: readonly string[],
  {
    cwd = ROOT,
    env = process.env,
    timeout = 0,
  }: { cwd?: string; env?: NodeJS.ProcessEnv; timeout?: number } = {},
): Promise<Ended> {
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      args,
      { cwd, env, timeout, killSignal: 'SIGKILL' },
      (_error, stdout, stderr) => {
        resolve({ exitCode: child.exitCode, stdout, stderr });
      },
    );
  });
}

/**
 * Runs a TypeScript program that uses the built package, and that must end within half a minute. Without the environment variable,
 * esbuild-register would take the package's name for its sources, as the compiler does.
 */
export function runTypeScript(file: string, ...args: readonly string[]): Promise<Ended> {
  const env = { ...process.env, TS_NODE_PROJECT: join(ROOT, 'test/fixtures/tsconfig.built.json') };
  return runNode(['--require', 'esbuild-register', file, ...args], { env, timeout: 30_000 });
}
