import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const SCRIPT = join(__dirname, '../../scripts/databases.mjs');

/** How to start a MariaDB: with programs of this machine, or in a container. */
export type MariaDbProgram =
  | { readonly kind: 'local'; readonly server: string; readonly installDb: string }
  | { readonly kind: 'docker'; readonly docker: string; readonly image: string };

/** Other people's programs: each one's path, or the sentence that says what to install. */
export type Witnesses = Readonly<
  Record<'aws' | 'python' | 'mariadb', { readonly path: string } | { readonly missing: string }>
>;

// Another process: the transpilers that load this file do not all load ES modules.
function ask(what: 'mariadb' | 'witnesses'): unknown {
  const { status, stdout, stderr } = spawnSync(process.execPath, [SCRIPT, what], {
    encoding: 'utf8',
  });
  // What was installed must be seen where the tests run.
  if (stderr) process.stderr.write(stderr);
  if (status !== 0) throw new Error(stderr.trim());
  return JSON.parse(stdout);
}

/** A way to start a MariaDB; throws the sentence that says what to install. */
export function findMariaDb(): MariaDbProgram {
  // The script's own output.
  return ask('mariadb') as MariaDbProgram;
}

/** The witnesses of this machine. */
export function findWitnesses(): Witnesses {
  return ask('witnesses') as Witnesses;
}
