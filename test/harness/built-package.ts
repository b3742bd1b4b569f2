import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(__dirname, '../..');

function newest(folder: string): number {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return Math.max(
    ...entries.map(({ parentPath, name }) => statSync(join(parentPath, name)).mtimeMs),
  );
}

/** Throws unless both packages' dist/ are there and newer than src/: the integration tests use the packages as they are published. */
export function checkBuilt(): void {
  for (const folder of ['.', 'emulator']) {
    let builtAt: number;
    try {
      builtAt = statSync(join(ROOT, folder, 'dist/index.js')).mtimeMs;
    } catch (cause) {
      throw new Error('The integration tests use the built packages: run npm run build', { cause });
    }
    if (builtAt < newest(join(ROOT, folder, 'src'))) {
      throw new Error(
        `${join(folder, 'dist/')} is older than src/, and the integration tests use it: run npm run build`,
      );
    }
  }
}
