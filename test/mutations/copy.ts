import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { mutate, type Mutation } from './mutation';

const ROOT = join(__dirname, '../..');
const LEFT_OUT = ['.git', 'node_modules', 'dist', 'coverage', '.cache'];

/** A copy of the repository in which lines may be broken. Its node modules are links to the repository's. */
export class Copy {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
    cpSync(ROOT, folder, {
      recursive: true,
      filter: (path) => !LEFT_OUT.includes(basename(path)),
    });
    const modules = join(folder, 'node_modules');
    mkdirSync(modules);
    for (const name of readdirSync(join(ROOT, 'node_modules'))) {
      if (name === '.cache') continue;
      // The emulator is a workspace: a link of the repository's would lead back to it.
      const target = name === 'rds-iam-emulator' ? '' : join(ROOT, 'node_modules', name);
      symlinkSync(target || join(folder, 'emulator'), join(modules, name));
    }
  }

  /** Breaks one line. The returned function mends it. */
  break(mutation: Mutation): () => void {
    const path = join(this.folder, mutation.file);
    const source = readFileSync(path, 'utf8');
    writeFileSync(path, mutate(source, mutation));
    return () => writeFileSync(path, source);
  }
}
