import { inspect } from 'node:util';
import { countBy } from 'rds-iam-emulator';
import { until } from '../../harness/eventually';
import { CREDENTIALS, outcomes, startRds, times, type Rds } from '../../harness/rds';
import { versions } from '../../harness/supported-versions';

const SECRETS = [
  'X-Amz-Signature',
  'X-Amz-Security-Token',
  CREDENTIALS.secretAccessKey,
  CREDENTIALS.sessionToken.slice(0, 20),
];

describe.each(versions)('$versions', ({ Sequelize, dialectModule }) => {
  describe.each(['mysql_native_password', 'caching_sha2_password'] as const)(
    'greeted with %s',
    (greeting) => {
      let rds: Rds;
      beforeEach(async () => {
        rds = await startRds({ greeting });
      });
      afterEach(() => rds.close());

      it('logs in, runs queries, and neither the driver nor Node complains', async () => {
        const said = ['error', 'warn', 'log', 'info'].map((method) =>
          jest.spyOn(console, method as 'error').mockImplementation(() => undefined),
        );
        const warned = jest.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
        const { sequelize, iam } = rds.connect({ Sequelize, sequelize: { dialectModule } });

        await sequelize.authenticate();
        const { errors } = await outcomes(times(20, () => sequelize.query('SELECT 1 + 1')));
        await until(() => iam.stats.waiting + iam.stats.connecting === 0);

        expect(errors).toEqual([]);
        expect(said.map(({ mock }) => mock.calls)).toEqual([[], [], [], []]);
        expect(warned.mock.calls).toEqual([]);
        expect(iam.stats.denied + iam.stats.failed).toBe(0);
        // Those that were begun for queries that others have served meanwhile.
        await until(() => iam.stats.waiting + iam.stats.connecting === 0);
        const attempts = await rds.emulator.attempts();
        expect(countBy(attempts, 'outcome')).toEqual({ accepted: iam.stats.accepted });
        expect(attempts.every(({ servername }) => servername === rds.hostname)).toBe(true);
        jest.restoreAllMocks();
      });

      it('shows the token nowhere: not in the instance, its events, its hooks or its errors', async () => {
        const seen: unknown[] = [];
        const { sequelize, iam } = rds.connect({
          Sequelize,
          sequelize: { dialectModule, benchmark: true, logging: (...args) => void seen.push(args) },
          iamAuth: {
            logger: { debug: (line) => void seen.push(line), warn: (line) => void seen.push(line) },
          },
        });
        sequelize.addHook('beforeConnect', (config: unknown) => {
          seen.push(inspect(config, { depth: null }));
        });
        sequelize.addHook('afterConnect', (connection: unknown) => {
          seen.push(inspect(connection, { depth: null }));
        });
        await sequelize.query('SELECT 1');
        await rds.emulator.setFaults({ deny: true });
        await rds.emulator.killConnections();
        const { errors } = await outcomes(times(2, () => sequelize.query('SELECT 1')));
        seen.push(errors, sequelize, iam, iam.stats);

        const shown = inspect(seen, { depth: null, maxStringLength: null, maxArrayLength: null });
        expect(errors).toHaveLength(2);
        expect(shown).toContain('Signed a token for');
        expect(SECRETS.filter((secret) => shown.includes(secret))).toEqual([]);
      });
    },
  );
});

describe('a token', () => {
  let rds: Rds;
  beforeEach(async () => {
    rds = await startRds();
  });
  afterEach(() => rds.close());

  it('is fresh for a connection that is opened long after the instance was made', async () => {
    const { sequelize } = rds.connect();
    await sequelize.query('SELECT 1');
    await rds.emulator.killConnections();
    // The server's quarter of an hour passes, the client's does not: an old token would be refused, and so is one from the past.
    await rds.emulator.setClockOffset(16 * 60_000);
    await expect(sequelize.query('SELECT 1')).rejects.toThrow('Access denied');
    await rds.emulator.setClockOffset(0);

    await expect(sequelize.query('SELECT 2 AS two')).resolves.toMatchObject([[{ two: 2 }], {}]);

    const reasons = (await rds.emulator.attempts()).map(({ reason }) => reason);
    expect(reasons).toContain('expired');
  });

  it('of an open connection may expire: the session goes on', async () => {
    const { sequelize, iam } = rds.connect();
    await sequelize.query('SELECT 1');
    await rds.emulator.setClockOffset(24 * 3_600_000);

    await expect(sequelize.query('SELECT 2 AS two')).resolves.toMatchObject([[{ two: 2 }], {}]);
    expect(iam.stats.accepted).toBe(2);
  });

  it('that is refused ends in Sequelize’s own error, with what to check added to its message', async () => {
    await rds.emulator.setFaults({ deny: true });
    const { sequelize } = rds.connect();

    await expect(sequelize.query('SELECT 1')).rejects.toMatchObject({
      name: 'SequelizeAccessDeniedError',
      parent: { code: 'ER_ACCESS_DENIED_ERROR' },
      message: expect.stringMatching(
        /^Access denied .*rds-db:connect.*AWSAuthenticationPlugin/s,
      ) as string,
    });
  });
});
