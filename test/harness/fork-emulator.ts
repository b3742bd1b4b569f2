import type {
  AnyEndpointOptions,
  Endpoint,
  FaultsByEngine,
  LoginFaults,
  MySqlEndpoint,
  MySqlEndpointOptions,
} from 'rds-iam-emulator';
import { giveBack, takeProcess } from './emulator-processes';

/** The methods of an endpoint, by which the two processes call each other. */
export type EmulatorMethod = {
  [K in keyof Endpoint<LoginFaults>]: Endpoint<LoginFaults>[K] extends (...args: never[]) => unknown
    ? K
    : never;
}[keyof Endpoint<LoginFaults>];

/** What the parent sends: first the start, then calls. */
export type ParentMessage =
  | { readonly id: number; readonly start: AnyEndpointOptions }
  | { readonly id: number; readonly call: EmulatorMethod; readonly args: readonly unknown[] };

/** What the child answers. */
export type ChildMessage =
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly error: string };

/** Starts the emulator in a process of its own, where the client's stalled event loop cannot blur its clock. */
export async function forkEmulator<Options extends AnyEndpointOptions>(
  options: Options,
): Promise<Endpoint<FaultsByEngine[Options['engine']]>> {
  type ThisEmulator = Endpoint<FaultsByEngine[Options['engine']]>;
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
    faults: () => call('faults'),
    setBackend: (backend) => call('setBackend', backend),
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

/** Starts an endpoint of RDS for MySQL in a process of its own. */
export function forkMySqlEmulator(options: MySqlEndpointOptions): Promise<MySqlEndpoint> {
  return forkEmulator({ engine: 'mysql', ...options });
}
