import { join } from 'node:path';
import { countBy } from 'rds-iam-emulator';
import { runTypeScript } from '../../harness/child';
import { CREDENTIALS, outcomes, startRds, times, USERNAME, type Rds } from '../../harness/rds';

const APP = join(__dirname, '../../fixtures/app.ts');

let rds: Rds;
beforeEach(async () => {
  rds = await startRds();
});
afterEach(() => rds.close());

/** Runs the application, which must end by itself. */
async function runApp(settings: { queries: number; closeEarly: boolean }) {
  const { hostname, emulator, authority } = rds;
  const argument = JSON.stringify({
    ...settings,
    hostname,
    port: emulator.port,
    username: USERNAME,
    ca: authority.caPem,
    credentials: CREDENTIALS,
  });
  const { exitCode, stdout, stderr } = await runTypeScript(APP, argument);
  expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
  return { ...(JSON.parse(stdout) as AppResult), stderr };
}

interface AppResult {
  readonly waitingAtClose: number;
  readonly codes: string[];
  /** Logins that had ended or were under way. */
  readonly begunAtClose: number;
}

describe('a process', () => {
  it('ends by itself after close()', async () => {
    const { codes, stderr } = await runApp({ queries: 10, closeEarly: false });

    expect(codes).toEqual(times(10, () => 'ok'));
    expect(stderr).toBe('');
  });

  it('ends by itself when it closes while connections wait, and none connects afterwards', async () => {
    const { codes, waitingAtClose, begunAtClose, stderr } = await runApp({
      queries: 100,
      closeEarly: true,
    });

    const attempts = await rds.emulator.attempts();
    expect(waitingAtClose).toBeGreaterThan(0);
    expect(new Set(codes)).toEqual(new Set(['ok', 'ERR_IAM_AUTH_CLOSED']));
    expect(attempts.length).toBeLessThanOrEqual(begunAtClose);
    expect(stderr).toBe('');
  });
});

describe('an instance', () => {
  it('stops waiting connections when IAM authentication is removed, and keeps the open ones', async () => {
    const { sequelize, iam } = rds.connect({
      sequelize: { pool: { max: 40 } },
    });
    const queries = times(40, () => sequelize.query('SELECT SLEEP(0.5)'));
    const settled = outcomes(queries);
    await Promise.race(queries);
    iam.remove();
    const { errors, succeeded } = await settled;

    expect(succeeded).toBeGreaterThanOrEqual(18);
    expect(errors.length).toBeGreaterThan(0);
    expect(errors[0]).toMatchObject({ code: 'ERR_IAM_AUTH_CLOSED' });
    await expect(sequelize.query('SELECT 1')).resolves.toBeDefined();
    expect(iam.stats.waiting).toBe(0);
  });

  it('connects without IAM again after remove()', async () => {
    const { sequelize, iam } = rds.connect({ sequelize: { pool: { max: 1, maxUses: 1 } } });
    await sequelize.query('SELECT 1');
    iam.remove();

    await expect(sequelize.query('SELECT 1')).rejects.toThrow();
    const { accepted } = countBy(await rds.emulator.attempts(), 'outcome');
    expect(accepted).toBe(2);
  });

  it('goes on after a later hook of the user’s has refused a connection', async () => {
    const { sequelize, iam } = rds.connect({
      sequelize: { databaseVersion: '8.0.36' },
      iamAuth: { limiter: { limit: 2 } },
    });
    let refuse = true;
    sequelize.addHook('beforeConnect', 'later', () => {
      if (refuse) throw new Error('not today');
    });

    await expect(sequelize.query('SELECT 1')).rejects.toThrow('not today');
    refuse = false;
    await expect(sequelize.query('SELECT 1')).resolves.toBeDefined();
    expect(iam.stats.accepted).toBe(1);
  });

  it('refuses to log in where a later hook of the user’s points to', async () => {
    const { sequelize, iam } = rds.connect();
    sequelize.addHook('beforeConnect', 'later', (config) => {
      config.username = 'somebody_else';
    });

    await expect(sequelize.query('SELECT 1')).rejects.toMatchObject({
      code: 'ERR_IAM_AUTH_HOOK_ORDER',
      message: expect.stringContaining('add that hook before addIamAuth') as string,
    });
    expect(await rds.emulator.attempts()).toEqual([]);
    expect(iam.stats).toMatchObject({ connecting: 0, accepted: 0 });
  });
});
