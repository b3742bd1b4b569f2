import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { LimiterOptions } from 'sequelize-rds-iam';
import type { Places } from '../harness/cells';
import type { Companion, Stage } from './stage';
import type { Accounts } from './workload';

const PROGRAM = join(__dirname, 'programs/second-application.ts');
const BUILT = join(__dirname, '../fixtures/tsconfig.built.json');
const STARTS_WITHIN_MS = 30_000;
/** A worker has no hook of its own that reads TypeScript. */
const START_WORKER = `require(${JSON.stringify(require.resolve('esbuild-register'))}); require(${JSON.stringify(PROGRAM)});`;

let started = 0;

/** What such an application is told at its start. */
export interface SecondPlan {
  readonly cell: string;
  readonly places: Places;
  readonly table: string;
  /** The beginning of its queries' ids. */
  readonly name: string;
  readonly limiter: LimiterOptions | { readonly redisPort: number };
}

/** What it says: that it is at work, and what became of its queries. Instants are on the clock of all processes of the machine. */
export type SecondMessage = 'atWork' | Accounts;

/** What is told to it when it has to stop. */
export interface StopMessage {
  readonly withinMs: number;
}

/** An application at work in a process or a worker thread of its own. */
export interface Second extends Companion {
  /** Ends it as a crash would. Its queries are then lost with it. */
  readonly kill: () => Promise<unknown>;
  /** Stops the process, and lets it go on. */
  readonly signal: (signal: 'SIGSTOP' | 'SIGCONT') => void;
}

/** The environment and the flags of a TypeScript program that uses the built package. */
export const typeScriptEnvironment = (): NodeJS.ProcessEnv => ({
  ...process.env,
  TS_NODE_PROJECT: BUILT,
  NODE_NO_WARNINGS: '1',
});

/** Starts one that shares the stage's endpoints, credentials and ledger, and waits until it is at work. */
export async function startSecond(
  stage: Stage,
  limiter: SecondPlan['limiter'],
  kind: 'process' | 'thread' = 'process',
): Promise<Second> {
  started += 1;
  const plan: SecondPlan = {
    cell: stage.cell.name,
    places: placesOf(stage.cluster),
    table: stage.ledger.table,
    name: `second-${process.pid}-${started}`,
    limiter,
  };
  const home = kind === 'process' ? startProcess(plan) : startThread(plan);
  stage.onClose(home.kill);
  await home.next((message) => message === 'atWork');
  let isKilled = false;
  return {
    kill: () => {
      isKilled = true;
      return home.kill();
    },
    signal: (signal) => home.signal(signal),
    stop: async (withinMs) => {
      if (isKilled) return { results: [], hanging: [] };
      home.send({ withinMs });
      const accounts = await home.next((message) => message !== 'atWork', withinMs);
      await home.kill();
      if (accounts === 'atWork') throw new Error('The second application did not stop');
      const { results, hanging } = accounts;
      const here = (instant: number) => instant - performance.timeOrigin;
      return {
        results: results.map((query) => ({
          ...query,
          startedAt: here(query.startedAt),
          endedAt: here(query.endedAt),
        })),
        hanging: hanging.map((query) => ({ ...query, startedAt: here(query.startedAt) })),
      };
    },
  };
}

/** What another process needs to know of the endpoints. */
export function placesOf({ writer, readers, authority: { caPem } }: Places): Places {
  const place = ({ hostname, username, emulator: { port } }: Places['writer']) => ({
    hostname,
    username,
    emulator: { port },
  });
  return { writer: place(writer), readers: readers.map(place), authority: { caPem } };
}

interface Home {
  readonly send: (message: StopMessage) => void;
  /** The next message of that kind. Rejects if it ends before, or says nothing. */
  readonly next: (
    isWanted: (message: SecondMessage) => boolean,
    besidesMs?: number,
  ) => Promise<SecondMessage>;
  readonly kill: () => Promise<unknown>;
  readonly signal: (signal: NodeJS.Signals) => void;
}

function startProcess(plan: SecondPlan): Home {
  const child = fork(PROGRAM, [JSON.stringify(plan)], {
    execArgv: ['--require', require.resolve('esbuild-register')],
    env: typeScriptEnvironment(),
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  return {
    ...listenTo(child, [child.stdout, child.stderr]),
    send: (message) => void child.send(message),
    signal: (signal) => void child.kill(signal),
    kill: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      await gone;
    },
  };
}

function startThread(plan: SecondPlan): Home {
  const worker = new Worker(START_WORKER, {
    eval: true,
    argv: [JSON.stringify(plan)],
    env: typeScriptEnvironment(),
    stdout: true,
    stderr: true,
  });
  return {
    ...listenTo(worker, [worker.stdout, worker.stderr]),
    send: (message) => worker.postMessage(message),
    signal: () => {
      throw new Error('A thread gets no signals');
    },
    kill: () => worker.terminate(),
  };
}

function listenTo(
  sender: ChildProcess | Worker,
  streams: readonly (NodeJS.ReadableStream | null)[],
): Pick<Home, 'next'> {
  let output = '';
  for (const stream of streams) stream?.on('data', (bytes: Buffer) => (output += bytes.toString()));
  sender.on('error', (error: Error) => (output += String(error.stack)));
  return {
    next: (isWanted, besidesMs = 0) =>
      new Promise((resolve, reject) => {
        const end = (message?: SecondMessage) => {
          if (message !== undefined && !isWanted(message)) return;
          clearTimeout(timer);
          sender.off('message', end).off('exit', fail);
          if (message !== undefined) resolve(message);
        };
        const fail = () => {
          end();
          reject(new Error(`The second application says nothing, or has ended: ${output}`));
        };
        const timer = setTimeout(fail, STARTS_WITHIN_MS + besidesMs);
        sender.on('message', end).on('exit', fail);
      }),
  };
}
