import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { poolPreset, type PoolPreset } from 'sequelize-rds-iam';
import { countBy, peakPerSecond } from 'rds-iam-emulator';
import { endedAttempts } from '../../harness/ended-attempts';
import { ROOT } from '../../harness/child';
import { outcomes, startRds, times, type Rds } from '../../harness/rds';
import { togetherIt } from '../../harness/together';

const VERSION = { databaseVersion: '8.0.36' };

/** What the page recommends for this use, with N processes. */
function recommended(use: string, N: number): PoolPreset {
  const page = readFileSync(join(ROOT, 'docs/many-processes.md'), 'utf8');
  const code = page
    .split('\n')
    .find((line) => line.startsWith(`| ${use} `))
    ?.match(/`([^`]+)`/);
  // eslint-disable-next-line @typescript-eslint/no-implied-eval -- the page's own code
  const evaluate = new Function('poolPreset', 'N', `return (${code?.[1] ?? ''});`) as (
    preset: typeof poolPreset,
    processes: number,
  ) => PoolPreset;
  return evaluate(poolPreset, N);
}

/** Each test has an endpoint of its own. */
const together = togetherIt(3);
const itOnRds = (name: string, test: (rds: Rds) => Promise<void>) => {
  together(name, async () => {
    const rds = await startRds();
    await test(rds).finally(() => rds.close());
  });
};

// As many processes as the formula allows: a pool's connections and a version probe each.
for (const { use, N, queries, options, logins } of [
  { use: 'one process', N: 1, queries: 20, options: {}, logins: 6 },
  { use: 'N processes', N: 3, queries: 20, options: {}, logins: 18 },
  { use: 'N processes', N: 9, queries: 5, options: {}, logins: 18 },
  { use: 'AWS Lambda', N: 9, queries: 1, options: {}, logins: 18 },
  { use: 'a CLI, a migration', N: 1, queries: 5, options: VERSION, logins: 1 },
])
  itOnRds(
    `the preset for ${use} with ${N} processes costs ${logins} logins in a cold start, even without the limiter`,
    async (rds) => {
      const processes = times(N, () =>
        rds.connect({
          sequelize: { pool: recommended(use, N), ...options },
          iamAuth: { limiter: false },
        }),
      );

      const { errors } = await outcomes(
        processes.flatMap(({ sequelize }) =>
          times(queries, () => sequelize.query('SELECT SLEEP(0.3)')),
        ),
      );

      const attempts = await endedAttempts(rds);
      expect(errors).toEqual([]);
      expect(countBy(attempts, 'outcome')).toEqual({ accepted: logins });
      expect(peakPerSecond(attempts)).toBeLessThanOrEqual(19);
    },
  );

itOnRds(
  'that for N processes leaves room for readers when they count as processes of their own',
  async (rds) => {
    const host = { host: '127.0.0.1', port: rds.emulator.port };
    const processes = times(4, () =>
      rds.connect({
        sequelize: {
          pool: recommended('N processes', 2 * 4),
          replication: { write: host, read: [host] },
        },
        iamAuth: { limiter: false },
      }),
    );

    const { errors } = await outcomes(
      processes.flatMap(({ sequelize }) => [
        ...times(5, () => sequelize.query('SELECT SLEEP(0.3)')),
        ...times(5, () => sequelize.query('SELECT SLEEP(0.3)', { type: 'SELECT' })),
      ]),
    );

    const attempts = await endedAttempts(rds);
    expect(errors).toEqual([]);
    expect(countBy(attempts, 'outcome')).toEqual({ accepted: 12 });
  },
);
