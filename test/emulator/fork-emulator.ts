import { giveBack, takeProcess } from './emulator-processes';
import type { Emulator, LoginFaults } from './emulator-types';
import type { Faults, MySqlEmulatorOptions } from './mysql-emulator-types';
import type { PostgresEmulatorOptions, PostgresFaults } from './postgres-emulator-types';

/** The methods of an emulator, by which the two processes call each other. */
export type EmulatorMethod = {
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

/** Starts the emulator in a process of its own, where the client's stalled event loop cannot blur its clock. */
export async function forkEmulator<Options extends ForkOptions>(
  options: Options,
): Promise<Emulator<FaultsByEngine[Options['engine']]>> {
  type ThisEmulator = Emulator<FaultsByEngine[Options['engine']]>;
  const home = takeProcess();
  // Both ends are this repository's, typed by the same interface.
  const call = <M extends EmulatorMethod>(method: M, ...args: Parameters<ThisEmulator[M]>) =>
    (isOpen
      ? home.call(method, args)
      : Promise.reject(new Error('The emulator is closed'))) as ReturnType<ThisEmulator[M]>;

  let isOpen = true;
  let port: number;
  try {
    port = Number(await home.start(options));
  } catch (error) {
    await home.end();
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
      if (!isOpen) return;
      const closed = call('close');
      isOpen = false;
      await closed;
      await giveBack(home);
    },
  };
}
