import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { ROOT, runNode, type Ended } from './child';

/** A user's project: a folder of its own with packages installed. */
export interface ProjectFolder {
  readonly folder: string;
  /** Runs Node in it. */
  readonly node: (...args: string[]) => Promise<Ended>;
  /** Runs an installed program in it. */
  readonly bin: (name: string, ...args: string[]) => Promise<Ended>;
  readonly read: (path: string) => string;
  readonly write: (path: string, text: string) => void;
  readonly remove: (path?: string) => void;
}

/** Makes one with these packages beside sequelize-rds-iam, and what the folders `sources` hold. */
export function createProject({
  sources = [],
  packages = ['sequelize', 'mysql2'],
  env = process.env,
}: {
  readonly sources?: readonly string[];
  readonly packages?: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
}): ProjectFolder {
  const folder = mkdtempSync(join(tmpdir(), 'sequelize-rds-iam-project-'));
  const install = (name: string, from: string) => {
    const path = join(folder, 'node_modules', name);
    mkdirSync(dirname(path), { recursive: true });
    symlinkSync(from, path, 'junction');
  };
  install('sequelize-rds-iam', ROOT);
  for (const name of packages) install(name, join(ROOT, 'node_modules', name));
  for (const source of sources) cpSync(source, folder, { recursive: true });

  const node = (...args: string[]) => runNode(args, { cwd: folder, env });
  return {
    folder,
    node,
    bin: (name, ...args) => node(join(ROOT, 'node_modules/.bin', name), ...args),
    read: (path) => readFileSync(join(folder, path), 'utf8'),
    write: (path, text) => writeFileSync(join(folder, path), text),
    remove: (path = '') => rmSync(join(folder, path), { recursive: true }),
  };
}
