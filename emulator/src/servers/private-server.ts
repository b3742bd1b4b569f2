import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, mkdtempSync, writeFileSync } from 'node:fs';
import { createServer, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Owner } from './owner';

/** The only address on which private servers listen. */
export const HOST = '127.0.0.1';

const START_TIMEOUT_MS = 60_000;
const START_ATTEMPTS = 3;

/** A folder for one server, and a port that was free a moment ago. */
export interface Place {
  readonly folder: string;
  readonly port: number;
}

/** How one server is made in its place; the commands are programs with their arguments. */
export interface Recipe {
  /** Files to write into the folder first, readable by the owner alone. */
  readonly files?: Readonly<Record<string, string>>;
  /** Makes the data. */
  readonly prepare?: readonly string[];
  /** Runs the server in the foreground. */
  readonly run: readonly string[];
  /** The signal that ends the server at once with nothing left behind. */
  readonly stopSignal: 'KILL' | 'QUIT';
  /** What it says when it listens on TCP. */
  readonly ready: RegExp;
}

/** What is known of a kind of server before it has a place. */
export interface ServerKind {
  readonly name: string;
  /** The Docker program, for a server in a container of the folder's name. */
  readonly docker?: string;
  /** Whom the server runs as and its folder belongs to, where that is not who runs this. */
  readonly owner?: Owner;
  readonly recipe: (place: Place) => Recipe;
}

/** A server that goes away with the process that started it. */
export interface PrivateServer {
  readonly port: number;
  /** Ends the server and removes its data. */
  readonly stop: () => Promise<void>;
}

/** A private, empty database server on loopback, which goes away with the process that started it. */
export interface DatabaseServer extends PrivateServer {
  readonly host: '127.0.0.1';
  /** Who may do everything in it. */
  readonly username: string;
  readonly password: string;
}

/**
 * Makes the data, runs the server, and removes both when standard input ends: `stop()` closes it, and so does any death of the parent.
 * The server is this shell's own child, so its process id cannot have become another program's.
 */
const WATCHDOG = `
folder=$1; docker=$2; signal=$3; prepare=$4; shift 4
eval "$prepare" </dev/null >&2 || { rm -rf "$folder"; exit 1; }
"$@" & server=$!
exec 2>/dev/null >/dev/null
cat >/dev/null
kill -$signal $server; wait $server
if [ -n "$docker" ]; then "$docker" rm -f "$(basename "$folder")"; fi
rm -rf "$folder"
`;

const quoted = (word: string) => `'${word.replaceAll("'", String.raw`'\''`)}'`;

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, HOST);
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  if (address === null || typeof address === 'string') throw new Error('No free port was found');
  return address.port;
}

/** The arguments of `docker run` up to those of the server: a container of the folder's name, on loopback. */
export function containerCommand(
  { docker, image }: { readonly docker: string; readonly image: string },
  { folder, port }: Place,
  container: { readonly port: number; readonly env: readonly string[] },
): string[] {
  const name = folder.split('/').at(-1) ?? '';
  const publish = ['--publish', `${HOST}:${port}:${container.port}`];
  const env = container.env.flatMap((setting) => ['--env', setting]);
  return [docker, 'run', '--rm', '--name', name, ...publish, ...env, image];
}

/** Resolves when the server says that it listens on TCP; rejects with its own words when it ends before. */
function whenReady(watchdog: ChildProcess, name: string, ready: RegExp): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = '';
    const giveUp = () => reject(new Error(`${name} did not start:\n${said.slice(-2000)}`));
    const timer = setTimeout(giveUp, START_TIMEOUT_MS);
    const listen = (bytes: Buffer) => {
      said += bytes.toString();
      if (!ready.test(said)) return;
      clearTimeout(timer);
      watchdog.stderr?.off('data', listen).resume();
      resolve();
    };
    watchdog.stderr?.on('data', listen).once('end', () => {
      clearTimeout(timer);
      giveUp();
    });
  });
}

function makePlace({ name, owner }: ServerKind, port: number): Place {
  const folder = mkdtempSync(join(tmpdir(), `rds-iam-emulator-${name.toLowerCase()}-`));
  if (owner) chownSync(folder, owner.uid, owner.gid);
  return { folder, port };
}

function writeFiles(files: Recipe['files'] = {}, folder: string, owner: Owner | undefined): void {
  for (const [file, content] of Object.entries(files)) {
    writeFileSync(join(folder, file), content, { mode: 0o600 });
    if (owner) chownSync(join(folder, file), owner.uid, owner.gid);
  }
}

/** Whoever forgets `stop()` can still exit; the watchdog then does its work. */
function letParentLeave(watchdog: ChildProcess): void {
  watchdog.unref();
  for (const stream of [watchdog.stdin, watchdog.stderr])
    if (stream instanceof Socket) stream.unref();
}

async function startOnce(kind: ServerKind): Promise<PrivateServer> {
  const place = makePlace(kind, await freePort());
  const { files, prepare = [], run, stopSignal, ready } = kind.recipe(place);
  writeFiles(files, place.folder, kind.owner);
  const preparation = prepare.map(quoted).join(' ');
  const args = [place.folder, kind.docker ?? '', stopSignal, preparation, ...run];
  const watchdog = spawn('/bin/sh', ['-c', WATCHDOG, 'watchdog', ...args], {
    stdio: ['pipe', 'ignore', 'pipe'],
    // A group of its own: Ctrl-C in the terminal must not end the watchdog before its work.
    detached: true,
    // The owner may not be allowed where this process stands.
    cwd: place.folder,
    ...kind.owner,
  });
  const stop = async () => {
    watchdog.ref();
    if (watchdog.exitCode !== null || watchdog.signalCode !== null) return;
    const gone = once(watchdog, 'exit');
    watchdog.stdin.end();
    await gone;
  };
  try {
    await whenReady(watchdog, kind.name, ready);
  } catch (error) {
    await stop();
    throw error;
  }
  letParentLeave(watchdog);
  return { port: place.port, stop };
}

/** Starts an empty server on a free loopback port with its own temporary data. */
export async function startPrivateServer(kind: ServerKind): Promise<PrivateServer> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await startOnce(kind);
    } catch (error) {
      // Another program may have taken the free port in between.
      const portTaken = error instanceof Error && error.message.includes('Address already in use');
      if (!portTaken || attempt === START_ATTEMPTS) throw error;
    }
  }
}
