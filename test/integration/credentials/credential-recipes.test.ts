import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import {
  AccessKeys,
  countBy,
  startCredentialServices,
  type CredentialServices,
} from 'rds-iam-emulator';
import { startEcsCredentials } from '../../harness/credential-services';
import { ROOT, runNode, type Ended } from '../../harness/child';
import { startNamedRds, type NamedRds } from '../../harness/named-rds';
import { CREDENTIALS } from '../../harness/rds';

const EXAMPLES = join(ROOT, 'examples');
const CONFIG = readFileSync(join(EXAMPLES, 'credentials/aws-config.ini'), 'utf8');
/** Credentials that RDS does not know: they may only ask for others. */
const SOURCE = {
  accessKeyId: 'AKIAEXAMPLESERVERS',
  secretAccessKey: 'c291cmNlIGtleSBvZiBub2JvZHk',
};
const { accessKeyId, secretAccessKey, sessionToken } = CREDENTIALS;
const HOUR_MS = 3_600_000;
const AS_JSON = { AccessKeyId: accessKeyId, SecretAccessKey: secretAccessKey };

// Each recipe is a process of its own.
jest.setTimeout(60_000);

let rds: NamedRds;
let aws: CredentialServices;
let home: string;
beforeAll(async () => {
  rds = await startNamedRds();
});
beforeEach(async () => {
  await rds.emulator.clear();
  aws = await startCredentialServices({
    keys: new AccessKeys({ [SOURCE.accessKeyId]: SOURCE }),
    role: { lifetimeMs: HOUR_MS, issue: (expiresAt) => ({ ...CREDENTIALS, expiresAt }) },
  });
  home = mkdtempSync(join(tmpdir(), 'sequelize-rds-iam-home-'));
  mkdirSync(join(home, '.aws/sso/cache'), { recursive: true });
});
afterEach(async () => {
  await aws.close();
  rmSync(home, { recursive: true });
});
afterAll(() => rds.emulator.close());

/** What the log of the emulator shows of a token. */
const digestOf = (token: string) =>
  `sha256:${createHash('sha256').update(token).digest('hex').slice(0, 16)}`;

/** Puts a file into the user's home; returns its path. */
function writeHome(path: string, text: string): string {
  const file = join(home, path);
  writeFileSync(file, text);
  return file;
}

/** Runs the example with the user's home, the stand-ins of AWS's services, and this. */
function runExample(example: string, environment: NodeJS.ProcessEnv = {}): Promise<Ended> {
  return runNode([join(EXAMPLES, example)], {
    env: {
      ...rds.environment,
      AWS_ACCESS_KEY_ID: undefined,
      AWS_SECRET_ACCESS_KEY: undefined,
      AWS_SESSION_TOKEN: undefined,
      AWS_CONFIG_FILE: join(home, '.aws/config'),
      AWS_SHARED_CREDENTIALS_FILE: join(home, '.aws/credentials'),
      HOME: home,
      AWS_ENDPOINT_URL_STS: aws.origin,
      AWS_ENDPOINT_URL_SSO: aws.origin,
      ...environment,
    },
  });
}

async function expectLogin(ended: Ended): Promise<void> {
  expect(ended).toEqual({ exitCode: 0, stdout: 'Logged in as app@%\n', stderr: '' });
  expect(countBy(await rds.emulator.attempts(), 'outcome')).toEqual({ accepted: 2 });
}

describe('a profile', () => {
  beforeEach(() => {
    const token = writeHome('token', 'a web identity');
    writeHome('.aws/config', CONFIG.replace('/var/run/secrets/ci/token', token));
  });

  it('of keys in ~/.aws/credentials logs in', async () => {
    writeHome(
      '.aws/credentials',
      `[app]\naws_access_key_id = ${accessKeyId}\naws_secret_access_key = ${secretAccessKey}\naws_session_token = ${sessionToken}\n`,
    );

    await expectLogin(await runExample('credentials/profile.js', { DB_PROFILE: 'app' }));
  });

  it('that AWS_PROFILE names logs in without any option', async () => {
    writeHome(
      'elsewhere',
      `[app]\naws_access_key_id = ${accessKeyId}\naws_secret_access_key = ${secretAccessKey}\naws_session_token = ${sessionToken}\n`,
    );

    await expectLogin(
      await runExample('add-hook.js', {
        AWS_PROFILE: 'app',
        AWS_SHARED_CREDENTIALS_FILE: join(home, 'elsewhere'),
      }),
    );
  });

  it('of a program (credential_process) logs in', async () => {
    const answer = { Version: 1, ...AS_JSON, SessionToken: sessionToken };
    const program = writeHome(
      'company-credentials',
      `#!/bin/sh\ntest "$*" = '--role app' && echo '${JSON.stringify(answer)}'\n`,
    );
    chmodSync(program, 0o700);

    await expectLogin(
      await runExample('credentials/profile.js', {
        DB_PROFILE: 'broker',
        PATH: [home, process.env.PATH].join(delimiter),
      }),
    );
  });

  it('of a role in another account logs in with the role’s credentials', async () => {
    writeHome(
      '.aws/credentials',
      `[server]\naws_access_key_id = ${SOURCE.accessKeyId}\naws_secret_access_key = ${SOURCE.secretAccessKey}\n`,
    );

    await expectLogin(await runExample('credentials/profile.js', { DB_PROFILE: 'cross-account' }));
    expect(aws.requests()).toEqual([
      {
        action: 'AssumeRole',
        role: 'arn:aws:iam::210987654321:role/app-database',
        proof: SOURCE.accessKeyId,
      },
    ]);
  });

  it('of a web identity logs in with the role’s credentials', async () => {
    await expectLogin(
      await runExample('credentials/profile.js', {
        DB_PROFILE: 'ci',
        AWS_REGION: 'ap-northeast-1', // of a profile with a web identity the SDK does not read it
      }),
    );
    expect(aws.requests()).toEqual([
      {
        action: 'AssumeRoleWithWebIdentity',
        role: 'arn:aws:iam::123456789012:role/ci',
        proof: digestOf('a web identity'),
      },
    ]);
  });

  it('of SSO logs in after `aws sso login`', async () => {
    writeSsoLogin(HOUR_MS);

    await expectLogin(await runExample('credentials/profile.js', { DB_PROFILE: 'laptop' }));
    expect(aws.requests()).toEqual([
      {
        action: 'GetRoleCredentials',
        role: '123456789012/Developer',
        proof: digestOf('an SSO token'),
      },
    ]);
  });

  it('of SSO says that the session has expired, and logs nobody in', async () => {
    writeSsoLogin(-60_000);

    const { exitCode, stderr } = await runExample('credentials/profile.js', {
      DB_PROFILE: 'laptop',
    });

    expect(exitCode).toBe(1);
    expect(stderr).toContain('ERR_IAM_AUTH_CREDENTIALS');
    expect(stderr).toMatch(/No AWS credentials to sign with: .*aws sso login/);
    expect(await rds.emulator.attempts()).toEqual([]);
  });

  it('that does not exist is an error, and logs nobody in', async () => {
    const { exitCode, stderr } = await runExample('credentials/profile.js', { DB_PROFILE: 'typo' });

    expect(exitCode).toBe(1);
    expect(stderr).toContain('Could not load credentials from any providers');
    expect(await rds.emulator.attempts()).toEqual([]);
  });

  /** What `aws sso login` leaves behind. */
  function writeSsoLogin(expiresInMs: number): void {
    const name = createHash('sha1').update('company').digest('hex');
    writeHome(
      `.aws/sso/cache/${name}.json`,
      JSON.stringify({
        accessToken: 'an SSO token',
        expiresAt: new Date(Date.now() + expiresInMs).toISOString(),
        region: 'eu-west-1',
        startUrl: 'https://company.awsapps.com/start',
      }),
    );
  }
});

describe('the default provider chain', () => {
  it('takes the web identity of an EKS pod (IRSA)', async () => {
    await expectLogin(
      await runExample('add-hook.js', {
        AWS_ROLE_ARN: 'arn:aws:iam::123456789012:role/pod',
        AWS_WEB_IDENTITY_TOKEN_FILE: writeHome('token', 'the pod'),
        AWS_REGION: 'ap-northeast-1',
      }),
    );
    expect(aws.requests()).toEqual([
      {
        action: 'AssumeRoleWithWebIdentity',
        role: 'arn:aws:iam::123456789012:role/pod',
        proof: digestOf('the pod'),
      },
    ]);
  });

  it('takes the role of an EC2 instance', async () => {
    await expectLogin(
      await runExample('add-hook.js', {
        AWS_EC2_METADATA_DISABLED: undefined,
        AWS_EC2_METADATA_SERVICE_ENDPOINT: aws.origin,
      }),
    );
    expect(aws.requests()).toEqual([
      { action: 'InstanceMetadata', role: 'app', proof: expect.any(String) as string },
    ]);
  });

  it('takes the role of an ECS task or of an EKS Pod Identity', async () => {
    const ecs = await startEcsCredentials({ credentials: CREDENTIALS });

    const ended = await runExample('add-hook.js', {
      AWS_CONTAINER_CREDENTIALS_FULL_URI: ecs.url,
      AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: writeHome('token', 'the pod'),
    });

    await ecs.close();
    await expectLogin(ended);
    expect(ecs.requests()).toBe(1);
  });
});

describe('the option credentials', () => {
  it('assumes a role with the AWS SDK’s fromTemporaryCredentials', async () => {
    await expectLogin(
      await runExample('credentials/assume-role.js', {
        DB_ROLE_ARN: 'arn:aws:iam::210987654321:role/app-database',
        AWS_ACCESS_KEY_ID: SOURCE.accessKeyId,
        AWS_SECRET_ACCESS_KEY: SOURCE.secretAccessKey,
      }),
    );
    expect(aws.requests()).toEqual([
      {
        action: 'AssumeRole',
        role: 'arn:aws:iam::210987654321:role/app-database',
        proof: SOURCE.accessKeyId,
      },
    ]);
  });

  it('takes static keys', async () => {
    await expectLogin(
      await runExample('credentials/static.js', {
        APP_ACCESS_KEY_ID: accessKeyId,
        APP_SECRET_ACCESS_KEY: secretAccessKey,
        APP_SESSION_TOKEN: sessionToken,
      }),
    );
  });

  describe('with a provider of one’s own', () => {
    it('asks it once for all connections', async () => {
      const broker = await startEcsCredentials({ credentials: CREDENTIALS });

      const ended = await runExample('credentials/custom-provider.js', { BROKER_URL: broker.url });

      await broker.close();
      await expectLogin(ended);
      expect(broker.requests()).toBe(1);
    });

    it('fails with what it throws, and logs nobody in', async () => {
      const broker = await startEcsCredentials({ credentials: CREDENTIALS, status: 503 });

      const ended = await runExample('credentials/custom-provider.js', { BROKER_URL: broker.url });

      await broker.close();
      expect(ended.exitCode).toBe(1);
      expect(ended.stderr).toContain('No AWS credentials to sign with: The broker answers 503');
      expect(await rds.emulator.attempts()).toEqual([]);
    });
  });
});
