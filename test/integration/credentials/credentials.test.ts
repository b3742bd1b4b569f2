import { countBy } from 'rds-iam-emulator';
import { type EcsCredentials, startEcsCredentials } from '../../harness/credential-services';
import { CREDENTIALS, outcomes, startRds, times, type Rds, type Settings } from '../../harness/rds';

const environment = { ...process.env };
let rds: Rds;
let ecs: EcsCredentials;
let profiles = 0;

beforeEach(async () => {
  rds = await startRds();
  await rds.emulator.setLimit();
  ecs = await startEcsCredentials({ credentials: CREDENTIALS });
  process.env = Object.fromEntries(
    Object.entries(environment).filter(([name]) => !name.startsWith('AWS_')),
  );
  process.env.AWS_CONFIG_FILE = process.env.AWS_SHARED_CREDENTIALS_FILE = '/nonexistent';
  process.env.AWS_EC2_METADATA_DISABLED = 'true';
  process.env.AWS_CONTAINER_CREDENTIALS_FULL_URI = ecs.url;
});
afterEach(async () => {
  process.env = { ...environment };
  await Promise.all([rds.close(), ecs.close()]);
});

/** The default provider chain is one for the process; a profile of its own gives each test a new one. */
function connectWithDefaultChain(settings: Settings = {}) {
  profiles += 1;
  return rds.connect({
    sequelize: { databaseVersion: '8.0.36', ...settings.sequelize },
    iamAuth: {
      credentials: undefined,
      profile: `test-${profiles}`,
      limiter: false,
      ...settings.iamAuth,
    },
  });
}

it('asks once for 100 concurrent connections', async () => {
  const { sequelize, iam } = connectWithDefaultChain({ sequelize: { pool: { max: 100 } } });

  const { errors } = await outcomes(times(100, () => sequelize.query('SELECT SLEEP(1)')));

  expect(errors).toEqual([]);
  expect(iam.stats.accepted).toBe(100);
  expect(ecs.requests()).toBe(1);
});

it('asks once for several instances with the default chain', async () => {
  const [one, other] = times(2, () =>
    rds.connect({ iamAuth: { credentials: undefined, limiter: false } }),
  );
  await Promise.all([one?.sequelize.authenticate(), other?.sequelize.authenticate()]);

  expect(ecs.requests()).toBe(1);
});

it('does not ask per token when a role session is close to its end', async () => {
  ecs.set({ expiresInMs: 240_000 });
  const { sequelize, iam } = connectWithDefaultChain({
    sequelize: { pool: { max: 1, maxUses: 1 } },
  });

  for (const query of times(30, () => () => sequelize.query('SELECT 1'))) await query();

  expect(iam.stats.accepted).toBe(30);
  expect(ecs.requests()).toBe(1);
});

it.each([
  { faults: 'an endpoint that answers 500', set: { status: 500 }, reason: /No AWS credentials/ },
  { faults: 'an endpoint that hangs', set: { hang: true }, reason: /did not answer within 700 ms/ },
  { faults: 'credentials that have expired', set: { expiresInMs: -60_000 }, reason: /expired/ },
])('reports $faults, logs nobody in, and tries anew', async ({ set, reason }) => {
  ecs.set(set);
  const { sequelize, iam } = connectWithDefaultChain({
    iamAuth: { credentialsTimeoutMs: set.hang === true ? 700 : 10_000 },
  });

  const error: unknown = await sequelize.authenticate().catch((reason: unknown) => reason);
  expect(error).toMatchObject({ name: 'IamAuthError', code: 'ERR_IAM_AUTH_CREDENTIALS' });
  expect(String(error)).toMatch(reason);
  expect(await rds.emulator.attempts()).toEqual([]);

  ecs.set({ status: 200, hang: false, expiresInMs: 3_600_000 });
  await sequelize.authenticate();
  expect(iam.stats.accepted).toBe(1);
});

it('that hang fail no query that comes after they have recovered', async () => {
  let hangs = true;
  const credentials = () =>
    hangs ? new Promise<never>(() => undefined) : Promise.resolve(CREDENTIALS);
  const { sequelize } = rds.connect({
    sequelize: { databaseVersion: '8.0.36', pool: { max: 10 } },
    iamAuth: { credentials, credentialsTimeoutMs: 300, limiter: false },
  });
  const query = () => sequelize.query('SELECT SLEEP(0.2)');

  const { errors: during } = await outcomes(times(20, query));
  hangs = false;
  const { errors: after } = await outcomes(times(20, query));

  expect(during).toHaveLength(20);
  expect(after).toEqual([]);
});

it('says that there are no credentials in the provider chain’s own words', async () => {
  delete process.env.AWS_CONTAINER_CREDENTIALS_FULL_URI;
  const { sequelize } = connectWithDefaultChain();

  await expect(sequelize.authenticate()).rejects.toMatchObject({
    code: 'ERR_IAM_AUTH_CREDENTIALS',
    message: expect.stringContaining('Could not load credentials from any providers') as string,
    cause: { name: 'CredentialsProviderError' },
  });
});

it('goes on while keys rotate every two seconds and those before the last are revoked', async () => {
  let issued = 0;
  let current = {};
  const rotate = async () => {
    issued += 1;
    // The package signs with them until 5 s before their end.
    const expiresAt = Date.now() + 7_000;
    const accessKeyId = `ASIAEXAMPLE${issued}`;
    const previous = current;
    current = { [accessKeyId]: { ...CREDENTIALS, expiresAt } };
    await rds.emulator.setCredentials({ ...previous, ...current });
    return { ...CREDENTIALS, accessKeyId, expiration: new Date(expiresAt) };
  };
  const { sequelize, iam } = rds.connect({
    sequelize: { databaseVersion: '8.0.36', pool: { max: 2, maxUses: 1 } },
    iamAuth: { credentials: rotate, logger: {} },
  });

  const queryUntilRotated = async () => {
    while (issued < 5) await sequelize.query('SELECT 1');
  };
  await Promise.all(times(4, queryUntilRotated));

  // About eight a second: two connections at a time, and each slot rests for a second only among nineteen.
  expect(iam.stats.accepted).toBeGreaterThan(50);
  expect(countBy(await rds.emulator.attempts(), 'outcome')).toEqual({
    accepted: iam.stats.accepted,
  });
});

it('takes the region from the AWS SDK when neither an option nor the host name tells it', async () => {
  process.env.AWS_REGION = 'ap-northeast-1';
  const hostname = 'database.example';
  const custom = await startRds({
    endpoint: { hostname, port: 3306, region: 'ap-northeast-1' },
    tls: await rds.authority.issue({ names: [hostname] }),
  });
  const settings = { iamAuth: { endpoint: { hostname }, tls: { ca: rds.authority.caPem } } };

  await custom.connect(settings).sequelize.authenticate();
  delete process.env.AWS_REGION;
  await expect(custom.connect(settings).sequelize.authenticate()).rejects.toMatchObject({
    code: 'ERR_IAM_AUTH_REGION',
    message: expect.stringContaining('iamAuth.region') as string,
  });
  await custom.close();
});
