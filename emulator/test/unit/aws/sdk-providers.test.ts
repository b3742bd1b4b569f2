import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  fromHttp,
  fromInstanceMetadata,
  fromNodeProviderChain,
  fromSSO,
  fromTemporaryCredentials,
  fromTokenFile,
  fromWebToken,
} from '@aws-sdk/credential-providers';
import { Signer } from '@aws-sdk/rds-signer';
import {
  startCredentialServices,
  type CredentialServices,
} from '../../../src/aws/credential-services';
import { AccessKeys } from '../../../src/iam/access-keys';
import { verifyToken } from '../../../src/iam/verify-token';

const LOGIN = { hostname: 'db.example', port: 3306, region: 'eu-west-1', username: 'jane_doe' };
const USER = { accessKeyId: 'AKIDUSER', secretAccessKey: 'user secret' };
const HOUR_MS = 3_600_000;
const clientConfig = { region: 'eu-west-1' };

type Credentials = Awaited<ReturnType<ReturnType<typeof fromHttp>>>;

const environment = { ...process.env };
let keys: AccessKeys;
let services: CredentialServices;
let home: string;
beforeEach(async () => {
  keys = new AccessKeys({ [USER.accessKeyId]: { ...USER, users: [] } });
  services = await startCredentialServices({
    keys,
    role: { lifetimeMs: HOUR_MS, users: [LOGIN.username] },
  });
  home = mkdtempSync(join(tmpdir(), 'rds-iam-emulator-test-'));
  process.env = {
    ...Object.fromEntries(Object.entries(environment).filter(([name]) => !name.startsWith('AWS_'))),
    ...services.env,
    AWS_ENDPOINT_URL_SSO: services.origin,
    AWS_REGION: 'eu-west-1',
    AWS_CONFIG_FILE: join(home, 'config'),
    AWS_SHARED_CREDENTIALS_FILE: join(home, 'credentials'),
    HOME: home,
  };
});
afterEach(async () => {
  process.env = { ...environment };
  rmSync(home, { recursive: true });
  await services.close();
});

/** Whether a token signed with them logs in. */
async function verdictOn(credentials: Credentials) {
  const token = await new Signer({ ...LOGIN, credentials }).getAuthToken();
  return verifyToken({ token, expected: LOGIN, lookUp: keys.lookUp, now: Date.now() });
}

const STS = { roleArn: 'arn:aws:iam::123456789012:role/team', roleSessionName: 'session' };

const providers: { what: string; action: string; ask: () => Promise<Credentials> }[] = [
  { what: 'fromHttp', action: 'ContainerCredentials', ask: () => fromHttp()() },
  { what: 'fromInstanceMetadata', action: 'InstanceMetadata', ask: () => fromInstanceMetadata()() },
  {
    what: 'the default chain',
    action: 'ContainerCredentials',
    ask: () => fromNodeProviderChain()(),
  },
  {
    what: 'fromTemporaryCredentials',
    action: 'AssumeRole',
    ask: () =>
      fromTemporaryCredentials({
        masterCredentials: USER,
        params: { RoleArn: STS.roleArn, RoleSessionName: STS.roleSessionName },
        clientConfig,
      })(),
  },
  {
    what: 'fromWebToken',
    action: 'AssumeRoleWithWebIdentity',
    ask: () => fromWebToken({ ...STS, webIdentityToken: 'a web identity', clientConfig })(),
  },
  {
    what: 'fromTokenFile',
    action: 'AssumeRoleWithWebIdentity',
    ask: () => {
      const webIdentityTokenFile = join(home, 'token');
      writeFileSync(webIdentityTokenFile, 'a web identity');
      return fromTokenFile({ ...STS, webIdentityTokenFile, clientConfig })();
    },
  },
  {
    what: 'fromSSO',
    action: 'GetRoleCredentials',
    ask: () => {
      const sso = {
        ssoStartUrl: 'https://company.awsapps.com/start',
        ssoRegion: 'eu-west-1',
        ssoAccountId: '123456789012',
        ssoRoleName: 'Developer',
      };
      const folder = join(home, '.aws/sso/cache');
      const name = createHash('sha1').update(sso.ssoStartUrl).digest('hex');
      const expiresAt = new Date(Date.now() + HOUR_MS).toISOString();
      mkdirSync(folder, { recursive: true });
      writeFileSync(
        join(folder, `${name}.json`),
        JSON.stringify({ accessToken: 'a login', expiresAt, ...sso }),
      );
      return fromSSO(sso)();
    },
  },
];

it.each(providers)('$what of the AWS SDK gets credentials that log in', async ({ action, ask }) => {
  const before = Date.now();
  const credentials = await ask();
  const end = credentials.expiration?.getTime() ?? 0;
  expect(end).toBeGreaterThanOrEqual(before + HOUR_MS - 1000);
  expect(end).toBeLessThanOrEqual(Date.now() + HOUR_MS);
  expect(await verdictOn(credentials)).toEqual({ ok: true, accessKeyId: credentials.accessKeyId });
  expect(services.requests().map((request) => request.action)).toEqual([action]);
});

it('an expired session is told from an unknown one', async () => {
  services.setFaults({ expired: true });
  const expired = await fromHttp()();
  services.setFaults({});
  const usual = await fromHttp()();
  keys.remove(usual.accessKeyId);
  const verdicts = [await verdictOn(expired), await verdictOn(usual)];
  expect(verdicts).toMatchObject([{ reason: 'credentials-expired' }, { reason: 'unknown-key' }]);
});

it('the key that asks for a session may not be its users', async () => {
  expect(await verdictOn(USER)).toMatchObject({ reason: 'not-authorized' });
});

it.each([
  { wrong: { accessKeyId: 'AKIDOTHER' }, name: 'InvalidClientTokenId' },
  { wrong: { secretAccessKey: 'another' }, name: 'SignatureDoesNotMatch' },
  { wrong: { sessionToken: 'one too many' }, name: 'InvalidClientTokenId' },
])('the AWS SDK tells $name', async ({ wrong, name }) => {
  const provider = fromTemporaryCredentials({
    masterCredentials: { ...USER, ...wrong },
    params: { RoleArn: STS.roleArn, RoleSessionName: STS.roleSessionName },
    clientConfig,
  });
  await expect(provider()).rejects.toMatchObject({ name, $metadata: { httpStatusCode: 403 } });
});

it('the AWS SDK tells a pod that its authorization token is wrong', async () => {
  process.env['AWS_CONTAINER_AUTHORIZATION_TOKEN'] = 'another';
  await expect(fromHttp({ maxRetries: 0 })()).rejects.toThrow('401');
});
