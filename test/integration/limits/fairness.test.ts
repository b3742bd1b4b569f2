import { QueryTypes } from 'sequelize';
import { until } from '../../harness/eventually';
import { startRds, times, type Rds } from '../../harness/rds';

const LIMIT = 3;
const MAX = 6;

let rds: Rds;
beforeEach(async () => {
  rds = await startRds();
});
afterEach(() => rds.close());

it('readers that open connections all the time let the writer in when its turn has come', async () => {
  const host = { host: '127.0.0.1', port: rds.emulator.port };
  const { sequelize, iam } = rds.connect({
    sequelize: {
      databaseVersion: '8.0.36',
      replication: { write: host, read: [host] },
      // Each query costs a login.
      pool: { max: MAX, maxUses: 1 },
    },
    iamAuth: { limiter: { limit: LIMIT }, logger: { warn: () => undefined } },
  });
  const read = () => sequelize.query('SELECT 1', { type: QueryTypes.SELECT });
  /** How many logins came before a write's, beyond those that were there when it began to wait. */
  const write = async () => {
    const { accepted, waiting, connecting } = iam.stats;
    await sequelize.query('SELECT 1');
    return iam.stats.accepted - accepted - waiting - connecting;
  };
  let isDone = false;
  const readUntilDone = async () => {
    while (!isDone) await read();
  };

  await Promise.all(times(LIMIT, read));
  const first = write();
  const readers = times(MAX, readUntilDone);
  await until(() => iam.stats.accepted >= 3 * LIMIT);
  const later = write();
  await until(() => iam.stats.accepted >= 3 * LIMIT + 3 * MAX);
  isDone = true;
  const overtaking = await Promise.all([first, later]);
  await Promise.all(readers);

  // Its own, and those that the same second let in while it logged in.
  expect(overtaking.filter((logins) => logins > LIMIT)).toEqual([]);
});
