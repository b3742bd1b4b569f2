import { execFileSync } from 'node:child_process';

/** A user of this machine. */
export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

const UNPRIVILEGED = 'nobody';

/** Whom to run a program as that refuses to run as root: `nobody` when this is root, otherwise no one else. */
export function unprivilegedOwner(): Owner | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const id = (option: '-u' | '-g') =>
    Number(execFileSync('id', [option, UNPRIVILEGED], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}
