import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Emulator, LoginFaults } from './emulator-types';
import type { Faults, MySqlEmulatorOptions } from './mysql-emulator-types';
import type { PostgresEmulatorOptions, PostgresFaults } from './postgres-emulator-types';

const CHILD = join(__dirname, 'emulator-process.ts');

/** The methods of an emulator, by which the two processes call each other. */
type EmulatorMethod = {
  [K in keyof Emulator<LoginFaults>]: Emulator<LoginFaults>[K] extends (...args: never[]) => unknown
    ? K
    : never;
}[keyof Emulator<LoginFaults>];

/** Which emulator to start, and how. */
export type ForkOptions =
  | ({ readonly engine: 'mysql' } & MySqlEmulatorOptions)
  | ({ readonly engine: 'postgres' } & PostgresEmulatorOptions);

interface FaultsByEngine {
  readonly mysql: Faults;
  readonly postgres: PostgresFaults;
}

/** What the parent sends: first the start, then calls. */
export type ParentMessage =
  | { readonly id: number; readonly start: ForkOptions }
  | { readonly id: number; readonly call: EmulatorMethod; readonly args: readonly unknown[] };

/** What the child answers. */
export type ChildMessage =
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly error: string };

interface Waiting {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** Questions to a child process, answered in any order. */
class Questions {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, Waiting>();
  #lastId = 0;

  constructor(child: ChildProcess) {
    this.#child = child;
    child.on('message', (message: ChildMessage) => this.#settle(message));
    child.on('exit', () => {
      for (const { reject } of this.#waiting.values())
        reject(new Error('The emulator process ended'));
      this.#waiting.clear();
    });
  }

  start(options: ForkOptions): Promise<unknown> {
    return this.#ask((id) => ({ id, start: options }));
  }

  call(method: EmulatorMethod, args: readonly unknown[]): Promise<unknown> {
    return this.#ask((id) => ({ id, call: method, args }));
  }

  #ask(question: (id: number) => ParentMessage): Promise<unknown> {
    const id = (this.#lastId += 1);
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#child.send(question(id), (error) => {
        if (error) this.#settle({ id, error: error.message });
      });
    });
  }

  #settle(message: ChildMessage): void {
    const waiting = this.#waiting.get(message.id);
    this.#waiting.delete(message.id);
    if ('error' in message) waiting?.reject(new Error(message.error));
    else waiting?.resolve(message.result);
  }
}

/** Starts the emulator in a process of its own, where the client's stalled event loop cannot blur its clock. */
export async function forkEmulator<Options extends ForkOptions>(
  options: Options,
): Promise<Emulator<FaultsByEngine[Options['engine']]>> {
  type ThisEmulator = Emulator<FaultsByEngine[Options['engine']]>;
  const child = fork(CHILD, {
    execArgv: ['--require', require.resolve('esbuild-register')],
    // JSON would turn undefined into null.
    serialization: 'advanced',
  });
  const questions = new Questions(child);
  const call = <M extends EmulatorMethod>(method: M, ...args: Parameters<ThisEmulator[M]>) =>
    // Both ends are this repository's, typed by the same interface.
    questions.call(method, args) as ReturnType<ThisEmulator[M]>;

  let port: number;
  try {
    port = Number(await questions.start(options));
  } catch (error) {
    child.kill();
    throw error;
  }

  return {
    host: '127.0.0.1',
    port,
    attempts: () => call('attempts'),
    setFaults: (faults) => call('setFaults', faults),
    setLimit: (limit) => call('setLimit', limit),
    setClockOffset: (offsetMs) => call('setClockOffset', offsetMs),
    setCredentials: (credentials) => call('setCredentials', credentials),
    clear: () => call('clear'),
    received: () => call('received'),
    openConnections: () => call('openConnections'),
    killConnections: () => call('killConnections'),
    close: async () => {
      if (!child.connected) return;
      const gone = once(child, 'exit');
      await call('close');
      child.disconnect();
      await gone;
    },
  };
}
