import {
  startCredentialServices,
  type CredentialServices,
  type CredentialServicesOptions,
} from '../../../src/aws/credential-services';
import { AccessKeys } from '../../../src/iam/access-keys';
import { sha256 } from '../../../src/iam/sigv4';
import { until } from '../../../../test/harness/eventually';

const NOW = Date.UTC(2026, 10, 23, 23, 29, 10);
const LIFETIME_MS = 60_000;
const HOUR_MS = 3_600_000;
const ROLES = '/latest/meta-data/iam/security-credentials/';
const TTL = 'x-aws-ec2-metadata-token-ttl-seconds';

let keys: AccessKeys;
let services: CredentialServices;
let now: number;

async function start(role: Partial<CredentialServicesOptions['role']> = {}) {
  keys = new AccessKeys();
  now = NOW;
  services = await startCredentialServices({
    keys,
    role: { lifetimeMs: LIFETIME_MS, ...role },
    clock: () => now,
  });
}
beforeEach(() => start());
afterEach(() => services.close());

interface Document {
  readonly AccessKeyId: string;
  readonly SecretAccessKey: string;
  readonly Token: string;
  readonly Expiration: string;
}

const sessionOf = async (response: Response) => (await response.json()) as Document;
const atTask = () => fetch(services.taskCredentialsUrl);
const atPod = (headers: Record<string, string> = authorization()) =>
  fetch(services.env['AWS_CONTAINER_CREDENTIALS_FULL_URI'] ?? '', { headers });
const authorization = () => ({
  authorization: services.env['AWS_CONTAINER_AUTHORIZATION_TOKEN'] ?? '',
});
const metadata = (path: string, token = '', method = 'GET') =>
  fetch(services.origin + path, {
    method,
    headers: token === '' ? {} : { 'x-aws-ec2-metadata-token': token },
  });
async function metadataToken(seconds = '60'): Promise<string> {
  const path = `${services.origin}/latest/api/token`;
  const response = await fetch(path, { method: 'PUT', headers: { [TTL]: seconds } });
  expect([response.status, response.headers.get(TTL)]).toEqual([200, seconds]);
  return response.text();
}
const portal = (query: string, token = 'a login') =>
  fetch(`${services.origin}/federation/credentials?${query}`, {
    headers: token === '' ? {} : { 'x-amz-sso_bearer_token': token },
  });

it('says what a program needs in its environment', async () => {
  expect(services.env).toEqual({
    AWS_ENDPOINT_URL_STS: services.origin,
    AWS_CONTAINER_CREDENTIALS_FULL_URI: `${services.origin}/v1/credentials`,
    AWS_CONTAINER_AUTHORIZATION_TOKEN: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
    AWS_EC2_METADATA_SERVICE_ENDPOINT: services.origin,
  });
  const without = await startCredentialServices({ keys });
  expect(without.env).toEqual({ AWS_ENDPOINT_URL_STS: without.origin });
  await without.close();
});

it('refuses a role that is none', async () => {
  const role = { arn: 'arn:aws:iam::123456789012:user/app', lifetimeMs: 1 };
  await expect(startCredentialServices({ keys, role })).rejects.toThrow(
    'role.arn: "arn:aws:iam::123456789012:user/app" is no ARN of a role',
  );
});

it('gives nobody credentials without a role', async () => {
  const without = await startCredentialServices({ keys });
  const { origin } = without;
  const answers = await Promise.all([
    fetch(`${origin}/v1/credentials`),
    fetch(without.taskCredentialsUrl),
    fetch(`${origin}/federation/credentials?account_id=123456789012&role_name=app`, {
      headers: { 'x-amz-sso_bearer_token': 'a login' },
    }),
  ]);
  expect(answers.map(({ status }) => status)).toEqual([404, 404, 403]);
  await without.close();
});

it.each(['/', '/v1/credentials', '/nothing'])('goes on after nonsense at %s', async (path) => {
  const answer = await fetch(services.origin + path, { method: 'DELETE' });
  expect(answer.status).toBeGreaterThanOrEqual(400);
  expect((await atTask()).status).toBe(200);
});

describe('the container endpoint', () => {
  it.each([
    { of: 'an ECS task', ask: atTask },
    { of: 'an EKS pod', ask: () => atPod() },
  ])('hands $of credentials that the run knows', async ({ ask }) => {
    const session = await sessionOf(await ask());
    expect(session).toEqual({
      AccessKeyId: expect.stringMatching(/^ASIA[A-Z2-7]{16}$/) as string,
      SecretAccessKey: expect.any(String) as string,
      Token: expect.any(String) as string,
      Expiration: new Date(NOW + LIFETIME_MS).toISOString(),
    });
    expect(keys.lookUp(session.AccessKeyId)).toEqual({
      secretAccessKey: session.SecretAccessKey,
      sessionToken: session.Token,
      expiresAt: NOW + LIFETIME_MS,
      arn: 'arn:aws:sts::123456789012:assumed-role/app/app',
    });
  });

  it('refuses a pod with another token, and without one', async () => {
    expect((await atPod({ authorization: 'another' })).status).toBe(401);
    expect((await atPod({})).status).toBe(401);
  });

  it('knows no other task', async () => {
    const url = services.taskCredentialsUrl.replace(/.$/, (last) => (last === '0' ? '1' : '0'));
    expect((await fetch(url)).status).toBe(404);
    expect((await fetch(`${services.taskCredentialsUrl}/x`)).status).toBe(404);
  });

  it('answers GET alone', async () => {
    const answer = await fetch(services.taskCredentialsUrl, { method: 'POST' });
    expect(answer.status).toBe(405);
  });
});

describe('the instance metadata service', () => {
  it('hands out the role’s credentials for a token', async () => {
    const token = await metadataToken();
    expect(await (await metadata(ROLES, token)).text()).toBe('app');
    const document = await sessionOf(await metadata(`${ROLES}app`, token));
    expect(document).toMatchObject({
      Code: 'Success',
      Type: 'AWS-HMAC',
      LastUpdated: new Date(NOW).toISOString(),
      Expiration: new Date(NOW + LIFETIME_MS).toISOString(),
    });
    expect(keys.lookUp(document.AccessKeyId)?.secretAccessKey).toBe(document.SecretAccessKey);
  });

  it('answers nothing without a token of its own', async () => {
    const forged = `${NOW + HOUR_MS}.${'A'.repeat(43)}`;
    for (const token of ['', 'another', forged])
      for (const path of [ROLES, `${ROLES}app`])
        expect((await metadata(path, token)).status).toBe(401);
  });

  it('ends a token with its time to live', async () => {
    const token = await metadataToken('2');
    now += 1999;
    expect((await metadata(ROLES, token)).status).toBe(200);
    now += 1;
    expect((await metadata(ROLES, token)).status).toBe(401);
  });

  it.each(['0', '21601', '', 'x', '-1', '1e3'])(
    'gives no token for %j seconds',
    async (seconds) => {
      const path = `${services.origin}/latest/api/token`;
      const answer = await fetch(path, { method: 'PUT', headers: { [TTL]: seconds } });
      expect(answer.status).toBe(400);
    },
  );

  it.each(['1', '21600'])('gives a token for %s seconds', async (seconds) => {
    await metadataToken(seconds);
  });

  it('gives no token through a proxy, or for a GET', async () => {
    const path = `${services.origin}/latest/api/token`;
    const headers = { [TTL]: '60', 'x-forwarded-for': '10.0.0.1' };
    expect((await fetch(path, { method: 'PUT', headers })).status).toBe(403);
    expect((await fetch(path, { headers: { [TTL]: '60' } })).status).toBe(405);
  });

  it('knows one role and answers GET alone', async () => {
    const token = await metadataToken();
    expect((await metadata(`${ROLES}other`, token)).status).toBe(404);
    expect((await metadata('/latest/meta-data/hostname', token)).status).toBe(404);
    expect((await metadata(ROLES, token, 'POST')).status).toBe(405);
  });
});

describe('the portal of IAM Identity Center', () => {
  it('hands out credentials of the role of the account', async () => {
    const answer = await portal('account_id=210987654321&role_name=Developer');
    const { roleCredentials } = (await answer.json()) as {
      roleCredentials: { accessKeyId: string; expiration: number };
    };
    expect(roleCredentials.expiration).toBe(NOW + LIFETIME_MS);
    expect(keys.lookUp(roleCredentials.accessKeyId)?.arn).toBe(
      'arn:aws:sts::210987654321:assumed-role/Developer/app',
    );
  });

  it.each([
    { query: 'account_id=123456789012&role_name=x', token: '', status: 401 },
    { query: 'account_id=1234&role_name=x', token: 'a login', status: 400 },
    { query: 'account_id=123456789012', token: 'a login', status: 400 },
    { query: 'account_id=123456789012&role_name=a%20b', token: 'a login', status: 400 },
  ])('answers $status to $query', async ({ query, token, status }) => {
    expect((await portal(query, token)).status).toBe(status);
  });
});

describe('a session', () => {
  const idAtTask = async () => (await sessionOf(await atTask())).AccessKeyId;

  it('is handed out to all until half of its life has passed', async () => {
    const first = await idAtTask();
    now += LIFETIME_MS / 2 - 1;
    expect((await sessionOf(await atPod())).AccessKeyId).toBe(first);
    now += 1;
    const second = await sessionOf(await atTask());
    expect(second.AccessKeyId).not.toBe(first);
    expect(second.Expiration).toBe(new Date(now + LIFETIME_MS).toISOString());
  });

  it('is another one after rotate()', async () => {
    const first = await idAtTask();
    services.rotate();
    const second = await idAtTask();
    expect(second).not.toBe(first);
    expect(await idAtTask()).toBe(second);
    expect(keys.lookUp(first)?.expiresAt).toBe(NOW + LIFETIME_MS);
  });

  it('stays known for an hour after its end', async () => {
    const first = await idAtTask();
    now += LIFETIME_MS + HOUR_MS;
    const second = await idAtTask();
    expect(keys.lookUp(first)).toBeDefined();
    now += LIFETIME_MS;
    await idAtTask();
    expect(keys.lookUp(first)).toBeUndefined();
    expect(keys.lookUp(second)).toBeDefined();
  });

  it('is forgotten when a thousand others have come since', async () => {
    await services.close();
    let issued = 0;
    await start({
      issue: (expiresAt) => ({
        accessKeyId: `ASIA${(issued += 1)}`,
        secretAccessKey: 'secret',
        sessionToken: 'token',
        expiresAt,
      }),
    });
    for (let count = 0; count < 1001; count += 1) {
      services.rotate();
      await idAtTask();
    }
    expect(issued).toBe(1001);
    expect([1, 2, 1001].map((id) => keys.lookUp(`ASIA${id}`) !== undefined)).toEqual([
      false,
      true,
      true,
    ]);
  });

  it('has the policies of the role', async () => {
    await services.close();
    const policies = [
      { Statement: { Effect: 'Deny' as const, Action: 'rds-db:*', Resource: '*' } },
    ];
    await start({ policies, users: ['jane_doe'], arn: 'arn:aws:iam::210987654321:role/x/team' });
    expect(keys.lookUp(await idAtTask())).toMatchObject({
      policies,
      users: ['jane_doe'],
      arn: 'arn:aws:sts::210987654321:assumed-role/team/app',
    });
  });
});

describe('a fault', () => {
  it('answers with a status', async () => {
    services.setFaults({ status: 503 });
    expect((await atTask()).status).toBe(503);
    services.setFaults({});
    expect((await atTask()).status).toBe(200);
  });

  it('answers with a page, or with nothing', async () => {
    services.setFaults({ garbage: true });
    expect(await (await atTask()).text()).toContain('<html>');
    services.setFaults({ empty: true });
    expect(await (await atTask()).text()).toBe('');
  });

  it('answers no sooner than `delayMs`', async () => {
    services.setFaults({ delayMs: 50 });
    const before = performance.now();
    await atTask();
    expect(performance.now() - before).toBeGreaterThanOrEqual(49);
  });

  it('hangs until it ends', async () => {
    services.setFaults({ hang: true });
    const answer = atTask();
    const early = new Promise((resolve) => setTimeout(resolve, 50, 'none'));
    expect(await Promise.race([answer, early])).toBe('none');
    services.setFaults({});
    expect((await answer).status).toBe(200);
  });

  it('hangs until the services are closed', async () => {
    services.setFaults({ hang: true });
    const failed = expect(atTask()).rejects.toThrow();
    await until(() => services.requests().length > 0);
    await services.close();
    await failed;
    await start();
  });

  it('hands out expired credentials, and the usual ones afterwards', async () => {
    const usual = await sessionOf(await atTask());
    services.setFaults({ expired: true });
    const expired = await sessionOf(await atTask());
    const end = NOW - 60_000;
    expect(expired.Expiration).toBe(new Date(end).toISOString());
    expect(keys.lookUp(expired.AccessKeyId)?.expiresAt).toBe(end);
    services.setFaults({});
    expect(await sessionOf(await atTask())).toEqual(usual);
  });

  it('lets AWS STS alone refuse', async () => {
    services.setFaults({ stsErrorCode: 'RegionDisabledException' });
    const answer = await fetch(services.origin);
    expect([answer.status, await answer.text()]).toEqual([
      403,
      expect.stringContaining('<Code>RegionDisabledException</Code>'),
    ]);
    expect((await atTask()).status).toBe(200);
  });

  it('of `issue` is a 500 without its words', async () => {
    await services.close();
    await start({
      issue: () => {
        throw new Error('secret');
      },
    });
    const answer = await atTask();
    expect([answer.status, await answer.text()]).toEqual([500, 'Internal Server Error']);
  });
});

it('notes what was asked, and no secret', async () => {
  const token = await metadataToken();
  await atTask();
  await atPod();
  await metadata(ROLES, token);
  await metadata(`${ROLES}app`, token);
  await metadata(`${ROLES}${'x'.repeat(65)}`, token);
  await portal('account_id=123456789012&role_name=Developer');
  const digest = (text: string) => `sha256:${sha256(text).slice(0, 16)}`;
  expect(services.requests()).toEqual([
    { action: 'ContainerCredentials' },
    { action: 'ContainerCredentials', proof: digest(authorization().authorization) },
    { action: 'InstanceMetadata', role: 'app', proof: digest(token) },
    { action: 'GetRoleCredentials', role: '123456789012/Developer', proof: digest('a login') },
  ]);
});
