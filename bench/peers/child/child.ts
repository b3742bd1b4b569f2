/** One contender in a process of its own: does the task of its argument and prints the answer. */
import type { Assignment } from '../contenders';
import { memory, open, repeat } from './tasks';
import { setUp } from './client';

// What the parent sent, typed by the same declarations.
const assignment = JSON.parse(process.argv[1] ?? '') as Assignment;

async function run(): Promise<unknown> {
  const { contender, settings } = assignment;
  switch (assignment.name) {
    case 'open':
      return open(contender, settings, assignment.task);
    case 'repeat':
      return repeat(await setUp(contender, assignment.task.target, settings), assignment);
    case 'memory':
      return memory(contender, settings, assignment.task);
    case 'first':
      await (await setUp(contender, assignment.task.target, settings)).query();
      return true;
  }
}

run().then(
  // Some clients keep timers.
  (answer) => process.stdout.write(`${JSON.stringify(answer)}\n`, () => process.exit(0)),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
