import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export const OWN_NAME = 'sequelize-rds-iam';

/** What is read of this package's own package.json. */
interface Manifest {
  readonly name?: string;
  readonly version?: string;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

/** This package's own package.json; `undefined` where its code runs in a bundle, and so in a file of somebody else's. */
export function ownManifest(): Manifest | undefined {
  // An ES module has no such name, so this is a bundle.
  if (typeof __dirname === 'undefined') return undefined;
  try {
    // One folder up both from the sources and from what is built of them.
    const text = readFileSync(join(__dirname, '../package.json'), 'utf8');
    const manifest = JSON.parse(text) as Manifest;
    return manifest.name === OWN_NAME ? manifest : undefined;
  } catch {
    // None there, or none that can be read.
    return undefined;
  }
}

/** Whether a literal `require` finds it: a bundler puts it into the bundle, unless it leaves such calls as they are. */
export function requiresOwnManifest(): boolean {
  try {
    // eslint-disable-next-line @typescript-eslint/no-require-imports -- An import would have to succeed.
    return (require('../package.json') as Manifest).name === OWN_NAME;
  } catch {
    return false;
  }
}
