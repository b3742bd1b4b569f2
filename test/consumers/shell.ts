import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Ended } from './consumer';

const TIMEOUT_MS = 240_000;

/** Runs shell commands until one fails; what outlives the time-out is ended with all that it started. */
export async function shell(
  commands: readonly string[],
  { cwd, env }: { readonly cwd: string; readonly env: NodeJS.ProcessEnv },
): Promise<Ended> {
  const child = spawn('sh', ['-ec', commands.join('\n')], {
    cwd,
    env,
    // A group of its own, so that it can be ended as a whole.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  // As bytes: what is sent in binary must be searched too.
  const keep = (chunk: Buffer) => (output += chunk.toString('latin1'));
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  const timer = setTimeout(() => {
    output += `\nNot done after ${TIMEOUT_MS / 1_000} s`;
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
  }, TIMEOUT_MS);
  const [exitCode] = (await once(child, 'close')) as [number | null];
  clearTimeout(timer);
  return { exitCode, output };
}
