import { addIamAuth, type IamAuthOptions } from 'sequelize-rds-iam';
import { countBy } from 'rds-iam-emulator';
import { endedAttempts } from '../../harness/ended-attempts';
import { outcomes, times } from '../../harness/rds';
import { togetherIt } from '../../harness/together';
import { onBench, type Bench } from '../../harness/matrix-bench';
import {
  cells,
  createSequelize,
  iamAuthFor,
  optionsFor,
  type CellApplication,
} from '../../harness/cells';

const READ = { type: 'SELECT' };
const AT_ONCE = 4;

const together = togetherIt(AT_ONCE);

describe.each(cells.filter(({ replication }) => replication))('$name', (cell) => {
  interface ReplicationBench extends Bench {
    readonly create: (
      replication: object,
      top?: object,
      iamAuth?: IamAuthOptions,
    ) => CellApplication;
    readonly hostOf: (index: number) => object;
  }
  const test = (name: string, work: (bench: ReplicationBench) => Promise<void>) => {
    together(name, () =>
      onBench(cell, {}, (bench) => {
        const { cluster, opened } = bench;
        return work({
          ...bench,
          create: (replication, top = {}, iamAuth = {}) => {
            const options = { ...optionsFor(cell, cluster, { replication }), ...top };
            const sequelize = createSequelize(cell, options);
            opened({ sequelize });
            const iam = addIamAuth(sequelize, iamAuthFor(cluster, iamAuth));
            opened({ iam });
            return { sequelize, iam };
          },
          hostOf: (index) => {
            const rds = cluster.all[index];
            const user = cell.major === 6 ? 'username' : 'user';
            return { host: '127.0.0.1', port: rds?.emulator.port, [user]: rds?.username };
          },
        });
      }),
    );
  };

  test('writes to the top level’s host where replication names no writer', async ({
    cluster,
    create,
    hostOf,
  }) => {
    const { sequelize: used } = create({ read: [hostOf(1)] });

    await used.query('SELECT 1');
    await used.query('SELECT 1', READ);

    const [writer, reader] = await Promise.all(cluster.all.map((rds) => rds.emulator.attempts()));
    expect(countBy(writer ?? [], 'outcome').accepted).toBeGreaterThan(0);
    expect(countBy(reader ?? [], 'outcome')).toEqual({ accepted: 1 });
  });

  test('keeps each host’s token its own while connections to all open at once', async ({
    cluster,
    create,
    hostOf,
  }) => {
    // Shared by all hosts, as Sequelize shares it.
    const shared = cell.major === 6 ? { dialectOptions: {} } : {};
    const replication = { write: hostOf(0), read: [hostOf(1), hostOf(2)] };
    const { sequelize: used, iam } = create(replication, { ...shared, pool: { max: 16 } });

    const { errors } = await outcomes([
      ...times(16, () => used.query(cell.sleep(0.3))),
      ...times(16, () => used.query(cell.sleep(0.3), READ)),
    ]);

    const attempts = await Promise.all(cluster.all.map(endedAttempts));
    expect(errors).toEqual([]);
    expect(countBy(attempts.flat(), 'outcome')).toEqual({ accepted: attempts.flat().length });
    expect(iam.stats.denied).toBe(0);
  });

  test('judges a reader that is the writer’s own host by the readers’ pool', async ({
    create,
    hostOf,
  }) => {
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

  test('goes on writing while a reader refuses every login', async ({
    cluster,
    create,
    hostOf,
  }) => {
    const { sequelize: used } = create({ write: hostOf(0), read: [hostOf(1)] });
    await cluster.readers[0]?.emulator.setFaults({ deny: true });

    const reads = outcomes(times(3, () => used.query('SELECT 1', READ)));
    const writes = await outcomes(times(3, () => used.query('SELECT 1')));

    expect(writes.errors).toEqual([]);
    expect((await reads).errors).toHaveLength(3);
  });
});
