import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { Worker } from 'node:worker_threads';
import type { RedisServer } from '../test/harness/redis-server';
import type { Endpoint } from './endpoints';

const PROCESS = join(__dirname, 'fleet-process.cjs');
const RESOLVE = join(__dirname, '../test/fixtures/resolve-rds-names.cjs');

export interface FleetRequest {
  readonly endpoint: Pick<Endpoint, 'target'>;
  /** What they share the limit through; without it, each takes its own part. */
  readonly redis?: RedisServer;
  /** Threads of this process instead of processes. */
  readonly areThreads?: boolean;
  readonly processes: number;
  readonly connections: number;
  readonly limit: number;
}

/** Some processes or threads that open connections to one endpoint, all at once, as soon as all of them are ready. */
export interface Fleet {
  /** Resolves when the processes begin to open connections. */
  readonly begun: Promise<void>;
  /** How many connections are open, those of killed processes included. */
  readonly opened: () => number;
  readonly failures: readonly string[];
  /** What the processes wrote to standard error. */
  readonly said: () => string;
  /** Ends some processes as a crash would; returns how many of their connections had not been opened. */
  readonly kill: (count: number) => number;
  /** Resolves when all processes that live have opened or failed to open all connections. */
  readonly done: Promise<void>;
  readonly stop: () => void;
}

interface Member {
  readonly child: Child;
  isReady: boolean;
  reports: number;
  isKilled: boolean;
}

type Report =
  { readonly ready: true } | { readonly openedAfterMs: number } | { readonly failed: string };

interface Child {
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** Ends it as a crash would. */
  readonly kill: () => void;
}

function startProcess(settings: string): Child {
  const child = spawn(process.execPath, ['--require', RESOLVE, PROCESS, settings]);
  const { stdin, stdout, stderr } = child;
  return { stdin, stdout, stderr, kill: () => void child.kill('SIGKILL') };
}

function startThread(settings: string): Child {
  const options = { argv: [settings], execArgv: ['--require', RESOLVE], stdin: true };
  const worker = new Worker(PROCESS, { ...options, stdout: true, stderr: true });
  const { stdin, stdout, stderr } = worker;
  if (stdin === null) throw new Error('No standard input');
  return { stdin, stdout, stderr, kill: () => void worker.terminate() };
}

export function startFleet({
  endpoint,
  redis,
  areThreads = false,
  processes,
  connections,
  limit,
}: FleetRequest): Fleet {
  const failures: string[] = [];
  let opened = 0;
  let said = '';
  let finish = (): void => undefined;
  const done = new Promise<void>((resolve) => (finish = resolve));
  let begin = (): void => undefined;
  const begun = new Promise<void>((resolve) => (begin = resolve));
  const settings = JSON.stringify({
    target: endpoint.target,
    connections,
    redis: redis && { host: redis.host, port: redis.port },
    limiter: redis ? { limit, processes } : { limit, processes },
  });
  const check = () => {
    if (members.every(({ reports, isKilled }) => isKilled || reports === connections)) finish();
  };
  const hear = (member: Member, report: Report) => {
    if ('ready' in report) {
      member.isReady = true;
      if (!members.every(({ isReady }) => isReady)) return;
      for (const { child } of members) child.stdin.write('go\n');
      begin();
      return;
    }
    member.reports += 1;
    if ('failed' in report) failures.push(report.failed);
    else opened += 1;
    check();
  };
  const start = (): Member => {
    const child = areThreads ? startThread(settings) : startProcess(settings);
    const member = { child, isReady: false, reports: 0, isKilled: false };
    child.stderr.on('data', (bytes: Buffer) => (said += bytes.toString()));
    createInterface(child.stdout)
      .on('line', (line) => {
        // The process's own report.
        hear(member, JSON.parse(line) as Report);
      })
      .on('close', () => {
        if (member.isKilled || member.reports === connections) return;
        failures.push('A process has ended by itself');
        member.isKilled = true;
        begin();
        check();
      });
    return member;
  };
  const members = Array.from({ length: processes }, start);
  return {
    begun,
    opened: () => opened,
    failures,
    said: () => said,
    kill: (count) => {
      const victims = members.filter(({ reports }) => reports < connections).slice(0, count);
      for (const victim of victims) {
        victim.isKilled = true;
        victim.child.kill();
      }
      check();
      return victims.reduce((sum, { reports }) => sum + connections - reports, 0);
    },
    done,
    stop: () => members.forEach(({ child }) => child.stdin.end()),
  };
}
