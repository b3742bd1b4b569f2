import { addIamAuth, type IamAuthOptions } from 'sequelize-rds-iam';
import { countBy } from '../../emulator/attempt-log';
import { outcomes, times } from '../rds';
import {
  cells,
  closeCell,
  createSequelize,
  iamAuthFor,
  optionsFor,
  startCluster,
  type CellApplication,
  type Cluster,
} from './cells';

const READ = { type: 'SELECT' };

describe.each(cells.filter(({ replication }) => replication))('$name', (cell) => {
  let cluster: Cluster;
  let application: Partial<CellApplication> = {};
  beforeEach(async () => {
    cluster = await startCluster(cell);
  });
  afterEach(async () => {
    await closeCell(application);
    await cluster.close();
  });

  const create = (replication: object, top: object = {}, iamAuth: IamAuthOptions = {}) => {
    const options = { ...optionsFor(cell, cluster, { replication }), ...top };
    const sequelize = createSequelize(cell, options);
    application = { sequelize };
    const iam = addIamAuth(sequelize, iamAuthFor(cluster, iamAuth));
    application = { sequelize, iam };
    return { sequelize, iam };
  };
  const hostOf = (index: number) => {
    const rds = cluster.all[index];
    const user = cell.major === 6 ? 'username' : 'user';
    return { host: '127.0.0.1', port: rds?.emulator.port, [user]: rds?.username };
  };

  it('writes to the top level’s host where replication names no writer', async () => {
    const { sequelize: used } = create({ read: [hostOf(1)] });

    await used.query('SELECT 1');
    await used.query('SELECT 1', READ);

    const [writer, reader] = await Promise.all(cluster.all.map((rds) => rds.emulator.attempts()));
    expect(countBy(writer ?? [], 'outcome').accepted).toBeGreaterThan(0);
    expect(countBy(reader ?? [], 'outcome')).toEqual({ accepted: 1 });
  });

  it('keeps each host’s token its own while connections to all open at once', async () => {
    // Shared by all hosts, as Sequelize shares it.
    const shared = cell.major === 6 ? { dialectOptions: {} } : {};
    const replication = { write: hostOf(0), read: [hostOf(1), hostOf(2)] };
    const { sequelize: used, iam } = create(replication, { ...shared, pool: { max: 16 } });

    const { errors } = await outcomes([
      ...times(16, () => used.query(cell.sleep(0.3))),
      ...times(16, () => used.query(cell.sleep(0.3), READ)),
    ]);

    const attempts = await Promise.all(cluster.all.map((rds) => rds.emulator.attempts()));
    expect(errors).toEqual([]);
    expect(countBy(attempts.flat(), 'outcome')).toEqual({ accepted: attempts.flat().length });
    expect(iam.stats.denied).toBe(0);
  });

  it('judges a reader that is the writer’s own host by the readers’ pool', async () => {
    const databaseVersion = cell.dialect === 'postgres' ? '15.0.0' : '10.11.0';
    const { sequelize: used, iam } = create(
      { write: hostOf(0), read: [hostOf(0)] },
      { databaseVersion },
      { limiter: { limit: 1 } },
    );

    // The first connection serves both before the limit lets a second one through, which nobody waits for by then.
    await Promise.all(times(2, () => used.query('SELECT 1', READ)));
    while (iam.stats.waiting > 0) await new Promise((resolve) => setTimeout(resolve, 20));

    expect(iam.stats).toMatchObject({ accepted: 1, notNeeded: 1 });
  });

  it('goes on writing while a reader refuses every login', async () => {
    const { sequelize: used } = create({ write: hostOf(0), read: [hostOf(1)] });
    await cluster.readers[0]?.emulator.setFaults({ deny: true });

    const reads = outcomes(times(3, () => used.query('SELECT 1', READ)));
    const writes = await outcomes(times(3, () => used.query('SELECT 1')));

    expect(writes.errors).toEqual([]);
    expect((await reads).errors).toHaveLength(3);
  });
});
