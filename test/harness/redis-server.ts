import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, symlinkSync } from 'node:fs';
import { createServer, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findRedis, type RedisProgram } from './programs';

const HOST = '127.0.0.1';
const START_TIMEOUT_MS = 30_000;

/** A private Redis that goes away with the process that started it, and keeps nothing on disk. */
export interface RedisServer {
  readonly host: typeof HOST;
  readonly port: number;
  /** Ends the server as a crash would: every key is lost. */
  stop(): Promise<void>;
  /** Starts an empty server on the same port, after `stop`. */
  start(): Promise<void>;
}

/** Runs the server until standard input ends: `stop()` closes it, and so does any death of the parent. */
const WATCHDOG = `
folder=$1; docker=$2; shift 2
"$@" & server=$!
exec 2>/dev/null >/dev/null
cat >/dev/null
kill -KILL $server; wait $server
if [ -n "$docker" ]; then "$docker" rm -f "$(basename "$folder")"; fi
rm -rf "$folder"
`;

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, HOST);
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  if (address === null || typeof address === 'string') throw new Error('No free port was found');
  return address.port;
}

function serverCommand(
  program: RedisProgram,
  folder: string,
  port: number,
  more: readonly string[],
): string[] {
  const settings = ['--save', '', '--appendonly', 'no', ...more];
  if (program.kind === 'docker') {
    const name = folder.split('/').at(-1) ?? '';
    const publish = `${HOST}:${port}:6379`;
    const container = ['run', '--rm', '--name', name, '--publish', publish, program.image];
    return [program.docker, ...container, ...settings];
  }
  // The program tells by its name whether it is to serve or to check a file.
  const server = join(folder, 'redis-server');
  symlinkSync(program.server, server);
  return [server, '--port', String(port), '--bind', HOST, '--dir', folder, ...settings];
}

function whenReady(watchdog: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = '';
    const giveUp = () => reject(new Error(`Redis did not start:\n${said.slice(-2000)}`));
    const timer = setTimeout(giveUp, START_TIMEOUT_MS);
    const listen = (bytes: Buffer) => {
      said += bytes.toString();
      if (!said.includes('Ready to accept connections')) return;
      clearTimeout(timer);
      watchdog.stdout?.off('data', listen).resume();
      resolve();
    };
    watchdog.stdout?.on('data', listen).once('end', () => {
      clearTimeout(timer);
      giveUp();
    });
  });
}

/** Starts an empty Redis on a free loopback port, with these settings besides its own. */
export async function startRedis(settings: readonly string[] = []): Promise<RedisServer> {
  const program = findRedis();
  const port = await freePort();
  let watchdog: ChildProcess | undefined;

  const stop = async () => {
    const running = watchdog;
    watchdog = undefined;
    if (running === undefined || running.exitCode !== null) return;
    running.ref();
    const gone = once(running, 'exit');
    running.stdin?.end();
    await gone;
  };
  const start = async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sequelize-rds-iam-redis-'));
    const docker = program.kind === 'docker' ? program.docker : '';
    const command = serverCommand(program, folder, port, settings);
    // A group of its own: Ctrl-C in the terminal must not end the watchdog before its work.
    watchdog = spawn('/bin/sh', ['-c', WATCHDOG, 'watchdog', folder, docker, ...command], {
      stdio: ['pipe', 'pipe', 'ignore'],
      detached: true,
    });
    try {
      await whenReady(watchdog);
    } catch (error) {
      await stop();
      throw error;
    }
    // Whoever forgets `stop()` can still exit; the watchdog then does its work.
    watchdog.unref();
    for (const stream of [watchdog.stdin, watchdog.stdout])
      if (stream instanceof Socket) stream.unref();
  };

  await start();
  return { host: HOST, port, stop, start };
}
