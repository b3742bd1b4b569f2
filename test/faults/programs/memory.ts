/** An application in a process of its own that opens and closes connections, and says how large its heap is on the way. Needs `--expose-gc`. */
import { setTimeout as delay } from 'node:timers/promises';
import { cells, connectCell } from '../../harness/cells';
import { CREDENTIALS } from '../../harness/rds';
import { MEASURED_AT, type HeapSize, type MemoryPlan } from '../memory';
import { withDefaults } from '../stage';

const AT_ONCE = 4;
const READ = { type: 'SELECT' };

const plan = JSON.parse(process.argv.at(-1) ?? '') as MemoryPlan;

async function heapBytes(): Promise<number> {
  for (let round = 0; round < 3; round += 1) {
    // What connections leave behind on their way out.
    await delay(300);
    globalThis.gc?.();
  }
  return process.memoryUsage().heapUsed;
}

async function main(): Promise<void> {
  const cell = cells.find(({ name }) => name === plan.cell);
  if (cell === undefined) throw new Error(`There is no cell ${plan.cell}`);
  const { sequelize, iam } = connectCell(
    cell,
    plan.places,
    withDefaults(cell, {
      options: { pool: { max: AT_ONCE, acquire: 60_000, maxUses: 1 } },
      iamAuth: { credentials: CREDENTIALS, profile: undefined, limiter: false },
    }),
  );
  for (const share of MEASURED_AT) {
    const work = async () => {
      // A connection that fails on a busy machine is not counted.
      while (iam.stats.accepted < plan.connections * share)
        await sequelize.query('SELECT 1', READ).catch(() => undefined);
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    const size: HeapSize = { connections: iam.stats.accepted, heapBytes: await heapBytes() };
    process.stdout.write(`${JSON.stringify(size)}\n`);
  }
  await sequelize.close();
}

void main();
