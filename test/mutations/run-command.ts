import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** How long a group of processes has to end by itself. */
const GRACE_MS = 5_000;

export interface Ended {
  readonly exitCode: number | null;
  readonly output: string;
  /** Whether it was ended because it took too long. */
  readonly isLate: boolean;
}

/** Runs Node in a group of its own, which ends with all that it started when it takes too long or `signal` aborts. */
export async function runNode(
  args: readonly string[],
  { cwd, timeoutMs, signal }: { cwd: string; timeoutMs: number; signal: AbortSignal },
): Promise<Ended> {
  signal.throwIfAborted();
  const child = spawn(process.execPath, args, {
    cwd,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const keep = (chunk: Buffer) => (output += chunk.toString());
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  const kill = (how: NodeJS.Signals) => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, how);
    } catch {
      // All of them have ended.
    }
  };
  let harder: NodeJS.Timeout | undefined;
  const end = () => {
    kill('SIGTERM');
    harder = setTimeout(() => kill('SIGKILL'), GRACE_MS);
  };
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    end();
  }, timeoutMs);
  signal.addEventListener('abort', end, { once: true });
  const [exitCode] = (await once(child, 'close')) as [number | null];
  kill('SIGKILL');
  clearTimeout(timer);
  clearTimeout(harder);
  signal.removeEventListener('abort', end);
  signal.throwIfAborted();
  return { exitCode, output, isLate };
}
