import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fromProcess } from '@aws-sdk/credential-providers';
import { explainError, type IamAuthOptions } from 'sequelize-rds-iam';
import { type EmulatedSts, startEcsCredentials, startSts } from '../../harness/credential-services';
import { startLoopbackHttp } from '../../harness/loopback-http';
import { examine, firstFailure, stsOutOfReach } from '../../harness/diagnosis';
import { withoutAws } from '../../harness/named-rds';
import { CREDENTIALS, startRds, USERNAME, type Rds } from '../../harness/rds';

const MINUTE_MS = 60_000;
const { accessKeyId, secretAccessKey, sessionToken } = CREDENTIALS;

const environment = { ...process.env };
let rds: Rds;
let sts: EmulatedSts;
let home: string;
beforeAll(async () => {
  rds = await startRds();
  sts = await startSts({ [accessKeyId]: { secretAccessKey, sessionToken } });
});
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'expired-credentials-'));
  process.env = {
    ...withoutAws(environment),
    AWS_ENDPOINT_URL_STS: sts.url,
    AWS_CONFIG_FILE: join(home, 'config'),
  };
});
afterEach(() => {
  process.env = { ...environment };
  rmSync(home, { recursive: true });
});
afterAll(async () => {
  await Promise.all([rds.close(), sts.close()]);
});

/** A profile whose program prints these; the default chain is one for a profile of the process. */
function profileOfProgram(lifetimeMs: number): string {
  const profile = `program-${Math.random()}`;
  const answer = {
    Version: 1,
    AccessKeyId: accessKeyId,
    SecretAccessKey: secretAccessKey,
    SessionToken: sessionToken,
    Expiration: new Date(Date.now() + lifetimeMs).toISOString(),
  };
  writeFileSync(join(home, 'answer.json'), JSON.stringify(answer));
  const command = `cat ${join(home, 'answer.json')}`;
  writeFileSync(join(home, 'config'), `[profile ${profile}]\ncredential_process = ${command}\n`);
  return profile;
}

/** What a query and the doctor say with these credentials. */
async function meet(iamAuth: IamAuthOptions) {
  const options = { credentials: undefined, limiter: false as const, ...iamAuth };
  const { sequelize } = rds.connect({ iamAuth: options });
  const error: unknown = await sequelize.authenticate().catch((reason: unknown) => reason);
  const report = await examine({
    sequelizeOptions: {
      dialect: 'mysql',
      host: '127.0.0.1',
      port: rds.emulator.port,
      username: USERNAME,
      database: 'app',
    },
    iamAuth: { endpoint: { hostname: rds.hostname }, tls: { ca: rds.authority.caPem }, ...options },
  });
  return { error, report };
}

/** Both must say that the credentials have expired, and how to get others. */
async function expectExpired(iamAuth: IamAuthOptions, words: RegExp, fix: RegExp): Promise<void> {
  const { error, report } = await meet(iamAuth);

  expect(error).toMatchObject({
    code: 'ERR_IAM_AUTH_CREDENTIALS',
    message: expect.stringMatching(words) as string,
    fix: expect.stringMatching(fix) as string,
  });
  expect(explainError(error).fix).toMatch(fix);
  expect(explainError(error).cause).toMatch(/expired/);
  const failure = firstFailure(report);
  expect(failure).toMatchObject({
    id: 'credentials',
    summary: expect.stringMatching(words) as string,
    fix: expect.stringMatching(new RegExp(fix.source, 'i')) as string,
  });
  expect(report.verdict).toBe(`credentials failed: ${failure?.fix ?? ''}`);
}

const OF_PROGRAM = /credential_process returned expired credentials/;
const RENEW_PROGRAM = /^Renew the credentials at their source/;

it('from a program that a profile names are said to have expired, by the default chain', async () => {
  await expectExpired({ profile: profileOfProgram(-MINUTE_MS) }, OF_PROGRAM, RENEW_PROGRAM);
});

it('from a program are said to have expired, by the SDK’s provider', async () => {
  const profile = profileOfProgram(-MINUTE_MS);
  await expectExpired({ credentials: fromProcess({ profile }) }, OF_PROGRAM, RENEW_PROGRAM);
});

it('from a program are used before they expire, and missing ones are not called expired', async () => {
  const { error } = await meet({ profile: profileOfProgram(10 * MINUTE_MS) });
  const missing = await meet({ profile: `missing-${Math.random()}` });

  expect(error).toBeUndefined();
  expect(firstFailure(missing.report)?.summary).toMatch(/Could not load credentials/);
  expect(String(missing.error)).not.toMatch(/expired/);
});

const OF_PROVIDER = /the provider returned credentials that expired at /;
const RENEW = /^renew them \(aws sso login, a new role session\)/;

it('from the container endpoint are said to have expired', async () => {
  const ecs = await startEcsCredentials({ credentials: CREDENTIALS, expiresInMs: -MINUTE_MS });
  process.env.AWS_CONTAINER_CREDENTIALS_FULL_URI = ecs.url;
  try {
    await expectExpired({ profile: `container-${Math.random()}` }, OF_PROVIDER, RENEW);
  } finally {
    await ecs.close();
  }
});

it('from a function are said to have expired', async () => {
  const credentials = () =>
    Promise.resolve({ ...CREDENTIALS, expiration: new Date(Date.now() - MINUTE_MS) });
  await expectExpired({ credentials }, OF_PROVIDER, RENEW);
});

describe('that the metadata service of EC2 did not renew, and the SDK goes on with', () => {
  beforeEach(() => void jest.spyOn(console, 'warn').mockImplementation(() => undefined));
  afterEach(() => void jest.restoreAllMocks());

  it('are said to have expired', async () => {
    stsOutOfReach();
    const end = new Date(Date.now() - MINUTE_MS).toISOString();
    const answers: Readonly<Record<string, string>> = {
      '/latest/api/token': 'a token',
      '/latest/meta-data/iam/security-credentials/': 'app',
      '/latest/meta-data/iam/security-credentials/app': JSON.stringify({
        Code: 'Success',
        AccessKeyId: accessKeyId,
        SecretAccessKey: secretAccessKey,
        Token: sessionToken,
        Expiration: end,
      }),
    };
    const metadata = await startLoopbackHttp(({ url = '' }, response) =>
      response.end(answers[url] ?? ''),
    );
    delete process.env.AWS_EC2_METADATA_DISABLED;
    process.env.AWS_EC2_METADATA_SERVICE_ENDPOINT = metadata.origin;
    const { report } = await meet({ profile: `instance-${Math.random()}` });
    await metadata.close();

    expect(report.results.find(({ id }) => id === 'credentials')).toMatchObject({
      status: 'warn',
      summary: expect.stringContaining(`they expired at ${end}`) as string,
      fix: expect.stringContaining('role of the instance') as string,
    });
    // The SDK's own warning is not lost.
    expect(console.warn).toHaveBeenCalledWith(
      expect.stringContaining('credential expiration extension'),
    );
  });
});
