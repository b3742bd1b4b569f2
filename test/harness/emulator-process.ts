import { startEndpoint, type MySqlEndpoint, type PostgresEndpoint } from 'rds-iam-emulator';
import type { ChildMessage, ParentMessage } from './fork-emulator';

let emulator: MySqlEndpoint | PostgresEndpoint | undefined;

async function answer(message: ParentMessage): Promise<unknown> {
  if ('start' in message) {
    emulator = await startEndpoint(message.start);
    return emulator.port;
  }
  if (!emulator) throw new Error('The emulator has not started');
  // The parent's calls are typed by the same interface.
  const method = emulator[message.call] as (...args: readonly unknown[]) => Promise<unknown>;
  return method(...message.args);
}

const reply = (message: ChildMessage) => process.send?.(message);

process.on('message', (message: ParentMessage) => {
  const { id } = message;
  answer(message).then(
    (result) => reply({ id, result }),
    (error: unknown) =>
      reply({ id, error: error instanceof Error ? error.message : 'unknown error' }),
  );
});

// The parent closed the emulator, or died.
process.on('disconnect', () => process.exit());
