import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const SCRIPT = join(__dirname, '../../scripts/databases.mjs');

/** How to start a server: with two programs of this machine, of which one makes the data, or in a container. */
export type DatabaseProgram<Installer extends string> =
  | ({ readonly kind: 'local'; readonly server: string } & Readonly<Record<Installer, string>>)
  | { readonly kind: 'docker'; readonly docker: string; readonly image: string };

interface Databases {
  readonly mariadb: DatabaseProgram<'installDb'>;
  readonly postgres: DatabaseProgram<'initDb'>;
}

/** How to start a Redis or Valkey; the local program must be run under a name that ends in `-server`. */
export type RedisProgram =
  | { readonly kind: 'local'; readonly server: string }
  | { readonly kind: 'docker'; readonly docker: string; readonly image: string };

/** Other people's programs: each one's path, or the sentence that says what to install. */
export type Witnesses = Readonly<
  Record<
    'aws' | 'python' | 'mariadb' | 'psql',
    { readonly path: string } | { readonly missing: string }
  >
>;

// Another process: the transpilers that load this file do not all load ES modules.
function ask(what: keyof Databases | 'redis' | 'witnesses'): unknown {
  const { status, stdout, stderr } = spawnSync(process.execPath, [SCRIPT, what], {
    encoding: 'utf8',
  });
  // What was installed must be seen where the tests run.
  if (stderr) process.stderr.write(stderr);
  if (status !== 0) throw new Error(stderr.trim());
  return JSON.parse(stdout);
}

/** A way to start a database server; throws the sentence that says what to install. */
export function findDatabase<Name extends keyof Databases>(name: Name): Databases[Name] {
  // The script's own output.
  return ask(name) as Databases[Name];
}

/** A way to start a Redis; throws the sentence that says what to install. */
export function findRedis(): RedisProgram {
  return ask('redis') as RedisProgram;
}

/** The witnesses of this machine. */
export function findWitnesses(): Witnesses {
  return ask('witnesses') as Witnesses;
}
