import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { RedisServer } from '../test/emulator/redis-server';
import type { Endpoint } from './endpoints';

const PROCESS = join(__dirname, 'fleet-process.cjs');
const RESOLVE = join(__dirname, '../test/fixtures/resolve-rds-names.cjs');

export interface FleetRequest {
  readonly endpoint: Pick<Endpoint, 'target'>;
  readonly redis: RedisServer;
  readonly processes: number;
  readonly connections: number;
  readonly limit: number;
}

/** Some processes that open connections to one endpoint through one Redis, all at once, as soon as all of them are ready. */
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
  readonly child: ChildProcessWithoutNullStreams;
  isReady: boolean;
  reports: number;
  isKilled: boolean;
}

type Report =
  { readonly ready: true } | { readonly openedAfterMs: number } | { readonly failed: string };

export function startFleet({
  endpoint,
  redis,
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
    redis: { host: redis.host, port: redis.port },
    limiter: { limit, fallback: { processes } },
  });
  const check = () => {
    if (members.every(({ reports, isKilled }) => isKilled || reports === connections)) finish();
  };
  const start = (): Member => {
    const child = spawn(process.execPath, ['--require', RESOLVE, PROCESS, settings], {
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    const member = { child, isReady: false, reports: 0, isKilled: false };
    child.stderr.on('data', (bytes: Buffer) => (said += bytes.toString()));
    createInterface(child.stdout).on('line', (line) => {
      // The process's own report.
      const report = JSON.parse(line) as Report;
      if ('ready' in report) {
        member.isReady = true;
        if (members.every(({ isReady }) => isReady)) {
          for (const { child } of members) child.stdin.write('go\n');
          begin();
        }
        return;
      }
      member.reports += 1;
      if ('failed' in report) failures.push(report.failed);
      else opened += 1;
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
        victim.child.kill('SIGKILL');
      }
      check();
      return victims.reduce((sum, { reports }) => sum + connections - reports, 0);
    },
    done,
    stop: () => members.forEach(({ child }) => child.stdin.end()),
  };
}
