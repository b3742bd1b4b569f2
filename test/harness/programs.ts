import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import type { DatabaseKind } from 'rds-iam-emulator';

const SCRIPT = join(__dirname, '../../scripts/databases.mjs');

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
function ask(what: DatabaseKind | 'redis' | 'witnesses'): unknown {
  const { status, stdout, stderr } = spawnSync(process.execPath, [SCRIPT, what], {
    encoding: 'utf8',
  });
  // What was installed must be seen where the tests run.
  if (stderr) process.stderr.write(stderr);
  if (status !== 0) throw new Error(stderr.trim());
  return JSON.parse(stdout);
}

/** Sees to it that a database server can be started, installing it where that is possible; throws the sentence that says what to install. */
export function provideDatabase(kind: DatabaseKind): void {
  ask(kind);
}

/** A way to start a Redis; throws the sentence that says what to install. */
export function findRedis(): RedisProgram {
  return ask('redis') as RedisProgram;
}

/** The witnesses of this machine. */
export function findWitnesses(): Witnesses {
  return ask('witnesses') as Witnesses;
}
