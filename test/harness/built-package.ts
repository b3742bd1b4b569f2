import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(__dirname, '../..');

function newest(folder: string): number {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return Math.max(
    ...entries.map(({ parentPath, name }) => statSync(join(parentPath, name)).mtimeMs),
  );
}

/** Throws unless dist/ is there and newer than src/: the integration tests use the package as it is published. */
export function checkBuilt(): void {
  let builtAt: number;
  try {
    builtAt = statSync(join(ROOT, 'dist/index.js')).mtimeMs;
  } catch (cause) {
    throw new Error('The integration tests use the built package: run npm run build', { cause });
  }
  if (builtAt < newest(join(ROOT, 'src'))) {
    throw new Error(
      'dist/ is older than src/, and the integration tests use it: run npm run build',
    );
  }
}
