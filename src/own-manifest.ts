import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export const OWN_NAME = 'sequelize-rds-iam';

/** The parts of package.json that this package reads. */
interface Manifest {
  readonly name?: string;
  readonly version?: string;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

/** This package's own package.json. `undefined` in a bundle, whose package.json belongs to another package. */
export function ownManifest(): Manifest | undefined {
  // This package's code is CommonJS. An ES module, which has no `__dirname`, is a bundle.
  if (typeof __dirname === 'undefined') return undefined;
  try {
    // One folder above both src/ and dist/.
    const text = readFileSync(join(__dirname, '../package.json'), 'utf8');
    const manifest = JSON.parse(text) as Manifest;
    return manifest.name === OWN_NAME ? manifest : undefined;
  } catch {
    // Absent or unreadable.
    return undefined;
  }
}

/** Whether a literal `require` finds the manifest. A bundler includes it, unless it leaves `require` calls alone. */
export function requiresOwnManifest(): boolean {
  try {
    // eslint-disable-next-line @typescript-eslint/no-require-imports -- An import would have to succeed.
    return (require('../package.json') as Manifest).name === OWN_NAME;
  } catch {
    return false;
  }
}
