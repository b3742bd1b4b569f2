import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { AnyEndpointOptions } from 'rds-iam-emulator';
import type { ChildMessage, EmulatorMethod, ParentMessage } from './fork-emulator';

const CHILD = join(__dirname, 'emulator-process.ts');

interface Waiting {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** A process for one emulator at a time: questions to it, answered in any order. */
export class EmulatorProcess {
  readonly #child = fork(CHILD, {
    execArgv: ['--require', require.resolve('esbuild-register')],
    // The built package, where esbuild-register would take its name for its sources, as the compiler does.
    env: { ...process.env, TS_NODE_PROJECT: join(__dirname, '../fixtures/tsconfig.built.json') },
    // JSON would turn undefined into null.
    serialization: 'advanced',
  });
  readonly #waiting = new Map<number, Waiting>();
  #lastId = 0;

  constructor() {
    this.#child.on('message', (message: ChildMessage) => this.#settle(message));
    this.#child.on('exit', () => {
      for (const { reject } of this.#waiting.values())
        reject(new Error('The emulator process ended'));
      this.#waiting.clear();
    });
  }

  get isAlive(): boolean {
    return this.#child.connected;
  }

  start(options: AnyEndpointOptions): Promise<unknown> {
    setReferenced(this.#child, true);
    return this.#ask((id) => ({ id, start: options }));
  }

  call(method: EmulatorMethod, args: readonly unknown[]): Promise<unknown> {
    return this.#ask((id) => ({ id, call: method, args }));
  }

  /** Keeps the process, but not the program that would otherwise end. */
  rest(): void {
    setReferenced(this.#child, false);
  }

  async end(): Promise<void> {
    if (!this.#child.connected) return;
    const gone = once(this.#child, 'exit');
    this.#child.disconnect();
    await gone;
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

function setReferenced(child: ChildProcess, isReferenced: boolean): void {
  const method = isReferenced ? 'ref' : 'unref';
  child[method]();
  child.channel?.[method]();
}

const idle: EmulatorProcess[] = [];
let keepsIdle = false;

/** From here on, a process whose emulator was closed waits for the next one: to start a process takes longer than most tests. */
export function keepIdleProcesses(): void {
  keepsIdle = true;
}

/** A process in which no emulator runs. */
export function takeProcess(): EmulatorProcess {
  for (let home = idle.pop(); home !== undefined; home = idle.pop()) if (home.isAlive) return home;
  return new EmulatorProcess();
}

/** Takes back a process whose emulator was closed. */
export async function giveBack(home: EmulatorProcess): Promise<void> {
  if (!keepsIdle) return home.end();
  home.rest();
  idle.push(home);
}

/** Ends the processes that wait for an emulator, and from here on each one whose emulator is closed. */
export async function endIdleProcesses(): Promise<void> {
  keepsIdle = false;
  await Promise.all(idle.splice(0).map((home) => home.end()));
}
