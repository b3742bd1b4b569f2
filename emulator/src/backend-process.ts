/**
 * Administers the backend in a process of its own, which outlives the emulator for a moment however that ends: when standard input
 * ends, it removes what it has created. Secrets come over that pipe, never as arguments.
 */
import { createInterface } from 'node:readline';
import type { BackendAnswer, BackendOrder, FileOrder } from './backend/backend-messages';
import { BackendKeeper } from './backend/serve-backend';

const say = (answer: BackendAnswer) => process.stdout.write(`${JSON.stringify(answer)}\n`);

async function main(): Promise<void> {
  // Whoever started this may be gone.
  process.stdout.on('error', () => undefined);
  const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
  const first = await lines.next();
  if (first.done) return;
  // Written by startBackend().
  const keeper = new BackendKeeper(JSON.parse(first.value) as BackendOrder);
  const fail = (error: unknown) => say(keeper.describe(error));
  keeper.prepare().then((prepared) => say({ prepared }), fail);
  for (let line = await lines.next(); !line.done; line = await lines.next())
    keeper.removeAtEnd(JSON.parse(line.value) as FileOrder);
  await keeper.end().catch(fail);
}

void main();
