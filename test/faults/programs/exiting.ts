/** An application in a process of its own that ends while logins wait. */
import { cells, connectCell } from '../../harness/cells';
import { CREDENTIALS } from '../../harness/rds';
import type { ExitingPlan } from '../exiting-plan';
import { ACQUIRE_MS, withDefaults } from '../stage';

/** More than the limit admits in a second, so that some wait. */
const QUERIES = 60;

const plan = JSON.parse(process.argv.at(-1) ?? '') as ExitingPlan;
const cell = cells.find(({ name }) => name === plan.cell);
if (cell === undefined) throw new Error(`There is no cell ${plan.cell}`);

const options = { pool: { max: QUERIES, acquire: ACQUIRE_MS } };
const iamAuth = { credentials: CREDENTIALS, profile: undefined };
const { sequelize, iam } = connectCell(cell, plan.places, withDefaults(cell, { options, iamAuth }));
for (let query = 0; query < QUERIES; query += 1)
  void sequelize.query(cell.sleep(0.1), { type: 'SELECT' }).catch(() => undefined);

/** What applications do on SIGTERM. */
const end = () => void sequelize.close().then(() => process.exit(plan.exitCode));

const WAYS: Readonly<Record<ExitingPlan['way'], () => void>> = {
  exit: () => process.exit(plan.exitCode),
  close: () => {
    process.exitCode = plan.exitCode;
    void sequelize.close();
  },
  SIGTERM: () => process.kill(process.pid, 'SIGTERM'),
};
process.once('SIGTERM', end);

const watch = setInterval(() => {
  const { accepted, waiting } = iam.stats;
  if (accepted === 0 || waiting === 0) return;
  clearInterval(watch);
  WAYS[plan.way]();
}, 5);
