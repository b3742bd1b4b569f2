import { type Attempt, countBy, peakPerSecond } from 'rds-iam-emulator';
import { startEcsCredentials } from '../../harness/credential-services';
import { endedAttempts } from '../../harness/ended-attempts';
import { CREDENTIALS, outcomes, startRds, times, type Rds } from '../../harness/rds';
import { togetherIt } from '../../harness/together';

const LIMIT = 19;

/** Runs a test on a cluster of its own, which ends with it. */
async function onRds(test: (rds: Rds) => Promise<void>): Promise<void> {
  const rds = await startRds();
  try {
    await test(rds);
  } finally {
    await rds.close();
  }
}

// What follows shares this process with no other test: it also says how fast logins are at least.
describe('logins per second at the server', () => {
  it.each([
    { logins: 'on time', faults: {} },
    { logins: 'jittered by 0 to 300 ms', faults: { jitterMs: [0, 300] as const } },
  ])(
    'stay below 20 for 200 queries of 0.3 s at once on max 50, with logins $logins, and every query succeeds',
    ({ faults }) =>
      onRds(async (rds) => {
        await rds.emulator.setFaults(faults);
        const { sequelize } = rds.connect({ sequelize: { pool: { max: 50 } } });

        const { errors } = await outcomes(times(200, () => sequelize.query('SELECT SLEEP(0.3)')));

        const attempts = await endedAttempts(rds);
        expect(errors).toEqual([]);
        expect(countBy(attempts, 'outcome')).toEqual({ accepted: attempts.length });
        expect(peakPerSecond(attempts)).toBeLessThanOrEqual(LIMIT);
        // A busy machine may not reach the limit.
        expect(peakPerSecond(attempts)).toBeGreaterThan(LIMIT - 4);
      }),
  );
});

describe('connections that nobody waits for', () => {
  const itOnRds = (name: string, test: (rds: Rds) => Promise<void>) => {
    it(name, () => onRds(test));
  };

  itOnRds('are at most two of those opened for 200 short queries on max 50', async (rds) => {
    const { sequelize, iam } = rds.connect({ sequelize: { pool: { max: 50 } } });
    const used = new Set<unknown>();
    sequelize.addHook('afterPoolAcquire', (connection: unknown) => void used.add(connection));

    const { errors } = await outcomes(times(200, () => sequelize.query('SELECT SLEEP(0.03)')));
    await idle(() => iam.stats.waiting + iam.stats.connecting === 0);

    const accepted = iam.stats.accepted - 1; // the version probe
    expect(errors).toEqual([]);
    expect(accepted - used.size).toBeLessThanOrEqual(2);
    expect(iam.stats.notNeeded).toBeGreaterThan(0);
  });

  itOnRds('are opened all the same up to the pool’s min', async (rds) => {
    const { sequelize } = rds.connect({
      sequelize: { pool: { min: 3, max: 3 }, databaseVersion: '8.0.36' },
    });
    await outcomes(times(3, () => sequelize.query('SELECT SLEEP(0.2)')));

    await rds.emulator.killConnections();
    await idle(async () => countBy(await rds.emulator.attempts(), 'outcome').accepted === 6);

    expect(await rds.emulator.openConnections()).toBe(3);
  });
});

describe('together', () => {
  const itTogether = togetherIt(4);
  const itOnRds = (name: string, test: (rds: Rds) => Promise<void>) => {
    itTogether(name, () => onRds(test));
  };

  describe('logins per second at the server', () => {
    itOnRds(
      'stay below 20 while 100 long queries open 100 connections, with at most one attempt more',
      async (rds) => {
        const { sequelize } = rds.connect({ sequelize: { pool: { max: 100 } } });

        const { errors } = await outcomes(times(100, () => sequelize.query('SELECT SLEEP(12)')));

        const attempts = await endedAttempts(rds);
        expect(errors).toEqual([]);
        expect(countBy(attempts, 'outcome')).toEqual({ accepted: 101 });
        expectPeak(attempts);
      },
    );

    itOnRds('stay below 20 when all connections had to wait 3 s for credentials', async (rds) => {
      const endpoint = await startEcsCredentials({ credentials: CREDENTIALS, delayMs: 3_000 });
      const { sequelize } = rds.connect({
        sequelize: { pool: { max: 60 }, databaseVersion: '8.0.36' },
        iamAuth: { credentials: () => fromEcs(endpoint.url) },
      });

      const { errors } = await outcomes(times(60, () => sequelize.query('SELECT SLEEP(9)')));

      const attempts = await endedAttempts(rds);
      expect(errors).toEqual([]);
      expect(countBy(attempts, 'outcome')).toEqual({ accepted: 60 });
      expectPeak(attempts);
      expect(endpoint.requests()).toBe(1);
      await endpoint.close();
    });

    itOnRds('stay below 20 for five instances that storm one endpoint together', async (rds) => {
      const applications = times(5, () => rds.connect({ sequelize: { pool: { max: 10 } } }));

      const { errors } = await outcomes(
        applications.flatMap(({ sequelize }) =>
          times(20, () => sequelize.query('SELECT SLEEP(1)')),
        ),
      );

      const attempts = await endedAttempts(rds);
      expect(errors).toEqual([]);
      expect(countBy(attempts, 'outcome')).toEqual({ accepted: attempts.length });
      expectPeak(attempts);
    });

    itOnRds('stay below 20 with one lowered limit for all instances of a key', async (rds) => {
      const shared = { key: `shared-${rds.hostname}` };
      const one = rds.connect({
        sequelize: { pool: { max: 10 }, databaseVersion: '8.0.36' },
        iamAuth: { limiter: { ...shared, limit: 3 } },
      });
      const other = rds.connect({
        sequelize: { pool: { max: 5 }, databaseVersion: '8.0.36' },
        iamAuth: { limiter: shared },
      });

      const first = times(5, () => one.sequelize.query('SELECT SLEEP(3)'));
      const { errors } = await outcomes([
        ...first,
        ...times(5, () => other.sequelize.query('SELECT SLEEP(3)')),
      ]);

      const attempts = await rds.emulator.attempts();
      expect(errors).toEqual([]);
      expect(peakPerSecond(attempts)).toBe(3);
    });
  });

  describe('access denied in a loop', () => {
    itOnRds(
      'gives 200 waiting queries the database’s own error instead of an acquire time-out',
      async (rds) => {
        await rds.emulator.setFaults({ deny: true });
        const { sequelize } = rds.connect({
          sequelize: { pool: { max: 50, acquire: 8_000 }, databaseVersion: '8.0.36' },
        });

        const { errors } = await outcomes(times(200, () => sequelize.query('SELECT 1')));

        const attempts = await rds.emulator.attempts();
        expect(errors).toHaveLength(200);
        expect(new Set(errors.map((error) => (error as Error).name))).toEqual(
          new Set(['SequelizeAccessDeniedError']),
        );
        expect(peakPerSecond(attempts)).toBeLessThanOrEqual(LIMIT);
      },
    );

    itOnRds(
      'slows to about one login a second, and the first success restores full speed',
      async (rds) => {
        await rds.emulator.setFaults({ deny: true });
        const { sequelize, iam } = rds.connect({ sequelize: { pool: { max: 10 } } });
        const workers = times(10, async () => {
          for (let tries = 0; tries < 200; tries += 1) {
            const [failed] = (await outcomes([sequelize.query('SELECT SLEEP(0.2)')])).errors;
            if (failed === undefined) return;
          }
        });

        await idle(() => iam.stats.denied >= 9);
        const denied = await rds.emulator.attempts();
        await rds.emulator.setFaults({});
        await Promise.all(workers);

        const lastThree = denied.slice(-3).map(({ acceptedAt }) => acceptedAt);
        expect(peakPerSecond(denied)).toBeLessThanOrEqual(LIMIT);
        expect(peakPerSecond(denied.slice(-3))).toBeLessThanOrEqual(2);
        expect(lastThree).toHaveLength(3);
        await rds.emulator.clear();
        const { errors } = await outcomes(times(10, () => sequelize.query('SELECT SLEEP(0.2)')));
        expect(errors).toEqual([]);
        expect(iam.stats.denied).toBeLessThanOrEqual(11);
      },
    );
  });
});

/** Up to the limit; that it is reached, those say that run alone. */
function expectPeak(attempts: readonly Attempt[]): void {
  expect(peakPerSecond(attempts)).toBeLessThanOrEqual(LIMIT);
  expect(peakPerSecond(attempts)).toBeGreaterThan(LIMIT / 2);
}

/** Resolves when `condition` holds; the test's own time-out ends a wait that never does. */
async function idle(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 20));
}

async function fromEcs(url: string) {
  const response = await fetch(url);
  const body = (await response.json()) as Record<
    'AccessKeyId' | 'SecretAccessKey' | 'Token' | 'Expiration',
    string
  >;
  return {
    accessKeyId: body.AccessKeyId,
    secretAccessKey: body.SecretAccessKey,
    sessionToken: body.Token,
    expiration: new Date(body.Expiration),
  };
}
