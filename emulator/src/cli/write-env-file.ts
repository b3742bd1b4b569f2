import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Emulator } from '../emulator/emulator-types';
import { UsageError } from '../usage-error';
import { ENV_FILE_MARK, envFileText } from './print-environment';

function contentOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    const message = error instanceof Error ? error.message : String(error);
    throw new UsageError(`--write-env: ${message}`, { cause: error });
  }
}

/** @throws {UsageError} when the file is there and someone else's. */
export function checkEnvFile(path: string): void {
  const content = contentOf(path);
  if (content !== undefined && !content.startsWith(ENV_FILE_MARK))
    throw new UsageError(
      `--write-env ${path} exists, and the emulator did not write it: name another file, or remove it`,
    );
}

/** Writes the environment, for its owner alone, all at once: whoever waits for the file finds it whole. */
export function writeEnvFile(path: string, emulator: Emulator): void {
  const target = resolve(path);
  const draft = `${target}.${process.pid}`;
  emulator.removeAtEnd(draft);
  emulator.removeAtEnd(target);
  try {
    writeFileSync(draft, envFileText(emulator), { mode: 0o600, flag: 'wx' });
    renameSync(draft, target);
  } catch (cause) {
    rmSync(draft, { force: true });
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new UsageError(`--write-env: ${message}`, { cause });
  }
}
