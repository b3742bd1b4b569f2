import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { BackendAnswer, BackendOrder, PreparedBackend } from './backend-messages';
import { UsageError } from '../usage-error';

/** A prepared backend, and how to end it; its functions need no `this`. */
export interface Backend extends PreparedBackend {
  /** Removes this file too at the end, however the emulator ends. */
  readonly removeAtEnd: (path: string) => void;
  /** Removes what was created, rejects when that fails. */
  readonly close: () => Promise<void>;
}

const PROGRAM = join(__dirname, 'backend-process.js');

// Of the environment, what a database driver could read as an option stays out.
const environment = () => {
  const { PATH, TMPDIR, TEMP, TMP, SystemRoot } = process.env;
  const entries = Object.entries({ PATH, TMPDIR, TEMP, TMP, SystemRoot });
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
};

const errorOf = ({ message, isUsage }: { readonly message: string; readonly isUsage: boolean }) =>
  isUsage ? new UsageError(message) : new Error(message);

/**
 * Prepares the backend, in a process that removes what it created when this process ends, however it ends.
 *
 * @throws {UsageError} with the option to correct.
 */
export async function startBackend(order: BackendOrder): Promise<Backend> {
  const child = spawn(process.execPath, [PROGRAM], {
    stdio: ['pipe', 'pipe', 'inherit'],
    // A group of its own: Ctrl-C in the terminal must not end it before its work.
    detached: true,
    cwd: tmpdir(),
    env: environment(),
  });
  const exited = once(child, 'exit');
  // Its end is what tells of a pipe that is broken.
  child.stdin.on('error', () => undefined);
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async () => {
    const line: IteratorResult<string, undefined> = await answers.next();
    // Written by backend-process.ts.
    return line.done ? undefined : (JSON.parse(line.value) as BackendAnswer);
  };
  const tell = (message: object) => child.stdin.write(`${JSON.stringify(message)}\n`);

  const end = async () => {
    child.ref();
    child.stdin.end();
    const last = await next();
    await exited;
    if (last && 'error' in last)
      throw new Error(
        `What was created in the backend could not be removed: ${last.error.message}`,
      );
  };

  tell(order);
  const answer = await next();
  if (answer && 'prepared' in answer) {
    child.unref();
    for (const stream of [child.stdin, child.stdout]) if (stream instanceof Socket) stream.unref();
    let ended: Promise<void> | undefined;
    return {
      ...answer.prepared,
      removeAtEnd: (path) => void tell({ removeAtEnd: path }),
      close: () => (ended ??= end()),
    };
  }
  await end();
  throw answer ? errorOf(answer.error) : new Error('The backend’s administration has ended');
}
