import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { inspect } from 'node:util';
import type { LoginContext } from 'sequelize-rds-iam';
import { createRedisLimiter } from 'sequelize-rds-iam/redis';
import {
  CREDENTIALS,
  outcomes,
  REGION,
  startRds,
  times,
  USERNAME,
  type Rds,
} from '../../harness/rds';

const PLAIN = ['backoff', 'not-needed', 'credentials', 'redis'].map(
  (name) => `sequelize-rds-iam:${name}`,
);

interface Published {
  readonly channel: string;
  readonly message: object;
}

const published: Published[] = [];
const note = (message: unknown, channel: string | symbol) =>
  void published.push({ channel: String(channel), message: { ...Object(message) } as object });
const names = [
  ...PLAIN,
  ...['start', 'error', 'asyncEnd'].map((event) => `tracing:sequelize-rds-iam:login:${event}`),
];

const on = (channel: string) =>
  published.filter((each) => each.channel.endsWith(channel)).map(({ message }) => message);
const ended = () => on('login:asyncEnd') as LoginContext[];

let rds: Rds;
beforeAll(async () => {
  rds = await startRds();
});
beforeEach(() => {
  published.length = 0;
  for (const name of names) subscribe(name, note);
});
afterEach(async () => {
  for (const name of names) unsubscribe(name, note);
  await rds.emulator.setFaults({});
});
afterAll(() => rds.close());

/** Everything published, but for the driver's errors, which name the user as they do without the channels. */
function expectNoSecret(): void {
  expect(published).not.toEqual([]);
  const show = (value: unknown) => inspect(value, { depth: null, showHidden: true });
  const { accessKeyId, secretAccessKey, sessionToken } = CREDENTIALS;
  for (const secret of [
    'X-Amz-',
    accessKeyId,
    secretAccessKey,
    sessionToken,
    sessionToken.slice(0, 30),
  ]) {
    expect(show(published)).not.toContain(secret);
  }
  const withoutErrors = published.map(({ message }) => ({ ...message, error: undefined }));
  expect(show(withoutErrors)).not.toContain(USERNAME);
}

it('follow each login from its start to its outcome', async () => {
  const { sequelize } = rds.connect();
  await sequelize.query('SELECT 1');

  const endpoint = { hostname: rds.hostname, port: 3306, region: REGION };
  expect(on('login:start')).toHaveLength(2);
  expect(ended()).toHaveLength(2);
  for (const context of ended()) {
    expect(context).toMatchObject({ endpoint, dialect: 'mysql', outcome: 'accepted' });
    expect(context.loginMs).toBeGreaterThan(1);
    expect(context.signingMs).toBeGreaterThan(0);
    expect(context.slotWaitMs).toBeLessThan(1_000);
  }
  expect(ended()[0]?.credentialsWaitMs).toBeGreaterThan(0);
  expect(on('credentials')).toMatchObject([{ outcome: 'refreshed' }]);
  expect(on('login:error')).toEqual([]);
  expectNoSecret();
});

it('publish a denied login with its error, and the backoff that begins and ends', async () => {
  const { sequelize } = rds.connect({ sequelize: { databaseVersion: '10.11.0' } });
  await rds.emulator.setFaults({ deny: true });
  for (let failure = 0; failure < 4; failure += 1) {
    await expect(sequelize.query('SELECT 1')).rejects.toThrow('Access denied');
  }
  await rds.emulator.setFaults({});
  await sequelize.query('SELECT 1');

  const [denied] = ended();
  // The pool may ask for another connection after a failure, which the query then needs no more.
  const accepted = ended().find(({ outcome }) => outcome === 'accepted');
  expect(denied).toMatchObject({ outcome: 'denied', error: expect.any(Error) as Error });
  expect(accepted?.backoffWaitMs).toBeGreaterThan(5);
  expect(on('login:error')).toHaveLength(4);
  expect(on('backoff')).toMatchObject([
    ...[1, 2, 3, 4].map((failures) => ({ failures, errorCode: 'ER_ACCESS_DENIED_ERROR' })),
    { failures: 0, delayMs: 0 },
  ]);
  expectNoSecret();
});

it('publish a login that ends before it begins, without what its provider said', async () => {
  const { accessKeyId, secretAccessKey } = CREDENTIALS;
  const { sequelize } = rds.connect({
    sequelize: { databaseVersion: '10.11.0' },
    iamAuth: { credentials: () => Promise.reject(new TypeError(accessKeyId + secretAccessKey)) },
  });
  await expect(sequelize.query('SELECT 1')).rejects.toThrow('No AWS credentials');

  expect(ended()).toMatchObject([{ outcome: 'notAdmitted', loginMs: 0 }]);
  expect(on('credentials')).toMatchObject([{ outcome: 'failed', errorCode: 'TypeError' }]);
  const [{ error, ...rest } = { error: undefined }] = ended();
  expect(error).toMatchObject({ code: 'ERR_IAM_AUTH_CREDENTIALS' });
  expect(inspect([rest, on('credentials')])).not.toContain(secretAccessKey);
});

it('publish each connection that is not needed', async () => {
  const { sequelize, iam } = rds.connect({
    sequelize: { databaseVersion: '10.11.0', pool: { max: 5 } },
    iamAuth: { limiter: { limit: 1, key: 'of this test' } },
  });
  await outcomes(times(5, () => sequelize.query('SELECT 1')));
  while (iam.stats.waiting > 0) await sequelize.query('SELECT 1');

  expect(iam.stats.notNeeded).toBeGreaterThan(0);
  expect(on('not-needed')).toHaveLength(iam.stats.notNeeded);
  expect(ended().filter(({ outcome }) => outcome === 'notNeeded')).toHaveLength(
    iam.stats.notNeeded,
  );
  expect(on('login:error')).toEqual([]);
  expectNoSecret();
});

it('publish a login that another hook spoiled, with the reason', async () => {
  const { sequelize } = rds.connect({ sequelize: { databaseVersion: '10.11.0' } });
  sequelize.addHook('beforeConnect', (config: { host?: string }) => {
    config.host = 'localhost';
  });
  await expect(sequelize.query('SELECT 1')).rejects.toThrow('hook after this package');

  expect(on('login:error')).toMatchObject([
    { outcome: 'notNeeded', error: { code: 'ERR_IAM_AUTH_HOOK_ORDER' } },
  ]);
  expect(ended()).toHaveLength(1);
});

it('publish that Redis is lost, by the name that the limit has', async () => {
  const lost = () => Promise.reject(Object.assign(new Error(USERNAME), { code: 'ECONNREFUSED' }));
  const limiter = createRedisLimiter(
    { eval: lost, evalsha: lost },
    { key: 'orders', keyPrefix: 'x', logger: { warn: () => undefined } },
  );
  const { sequelize } = rds.connect({
    sequelize: { databaseVersion: '10.11.0' },
    iamAuth: { limiter },
  });
  await sequelize.query('SELECT 1');

  expect(on('redis')).toMatchObject([{ state: 'lost', key: 'orders', errorCode: 'ECONNREFUSED' }]);
  expect(ended()[0]?.slotWaitMs).toBeGreaterThan(900);
  expectNoSecret();
});

it('publish a time-out before the token was sent as a failure, which the server cannot count', async () => {
  await rds.emulator.setFaults({ silentAt: 'connect' });
  const { sequelize } = rds.connect({
    sequelize: { databaseVersion: '10.11.0', dialectOptions: { connectTimeout: 200 } },
  });
  await expect(sequelize.query('SELECT 1')).rejects.toThrow();

  expect(ended()).toMatchObject([{ outcome: 'failed' }]);
  expect(on('backoff')).toMatchObject([{ errorCode: 'ETIMEDOUT' }]);
});

it('stats show the endpoint, its slots and backoff, and the credentials', async () => {
  const { sequelize, iam } = rds.connect({ sequelize: { databaseVersion: '10.11.0' } });
  expect(iam.stats).toMatchObject({ loginsInLastSecond: 0, endpoints: [] });
  // Instances share the backoff, which ends with a login.
  await rds.connect().sequelize.query('SELECT 1');
  await rds.emulator.setFaults({ deny: true });
  for (let failure = 0; failure < 4; failure += 1) {
    await expect(sequelize.query('SELECT 1')).rejects.toThrow('Access denied');
  }

  const { endpoints, loginsInLastSecond, credentials } = iam.stats;
  expect(loginsInLastSecond).toBeGreaterThan(0);
  expect(endpoints).toMatchObject([
    { hostname: rds.hostname, port: 3306, region: REGION, backoff: { failures: 4 } },
  ]);
  expect(endpoints[0]?.slotsFree).toBeLessThan(19);
  expect(endpoints[0]?.backoff?.delayMs).toBeGreaterThan(10);
  expect(credentials?.ageMs).toBeGreaterThan(1);
  expect(inspect(iam.stats, { depth: null })).not.toContain(USERNAME);
});
