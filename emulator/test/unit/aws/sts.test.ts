import {
  startCredentialServices,
  type CredentialServices,
} from '../../../src/aws/credential-services';
import { AccessKeys } from '../../../src/iam/access-keys';
import { signRequest, type StsRequest } from '../../harness/sign-request';

const NOW = Date.UTC(2026, 10, 23, 23, 29, 10);
const MINUTE_MS = 60_000;
const ROLE = 'arn:aws:iam::123456789012:role/team/app';
const USER = { accessKeyId: 'AKIDUSER', secretAccessKey: 'user/secret+' };
const SESSION = {
  accessKeyId: 'ASIAROLE',
  secretAccessKey: 'session secret',
  sessionToken: 'a+b/c==',
};

let keys: AccessKeys;
let services: CredentialServices;
let now: number;
beforeEach(async () => {
  now = NOW;
  keys = new AccessKeys({
    AKIDUSER: { ...USER, arn: 'arn:aws:iam::123456789012:user/jane' },
    ASIAROLE: {
      ...SESSION,
      arn: 'arn:aws:sts::123456789012:assumed-role/app/one',
      expiresAt: NOW + 60 * MINUTE_MS,
    },
    AKIDANYONE: { secretAccessKey: 'anyone' },
  });
  services = await startCredentialServices({
    keys,
    role: { arn: ROLE, lifetimeMs: 30 * MINUTE_MS, users: ['jane_doe'] },
    clock: () => now,
  });
});
afterEach(() => services.close());

const IDENTITY = { Action: 'GetCallerIdentity', Version: '2011-06-15' };
const assume = (changes: Record<string, string> = {}) => ({
  Action: 'AssumeRole',
  Version: '2011-06-15',
  RoleArn: ROLE,
  RoleSessionName: 'session',
  ...changes,
});

async function ask(changes: Partial<StsRequest> = {}) {
  const request = { parameters: IDENTITY, ...USER, signedAt: NOW, ...changes };
  return answerTo(signRequest(services.origin, request));
}

async function answerTo(request: Request) {
  const response = await fetch(request);
  const body = await response.text();
  const element = (name: string) => new RegExp(`<${name}>(.*?)</${name}>`).exec(body)?.[1];
  return { status: response.status, body, element, response };
}

const refusalOf = async (asked: ReturnType<typeof ask>) => {
  const { status, element } = await asked;
  return `${status} ${element('Code') ?? 'none'}`;
};

const forms: { form: string; changes: Partial<StsRequest> }[] = [
  { form: 'GET', changes: {} },
  { form: 'POST', changes: { method: 'POST' } },
  { form: 'presigned GET', changes: { presigned: true } },
];

describe.each(forms)('GetCallerIdentity by $form', ({ changes }) => {
  it('names a user', async () => {
    const { status, element, response } = await ask(changes);
    expect(status).toBe(200);
    expect(response.headers.get('date')).toBe('Mon, 23 Nov 2026 23:29:10 GMT');
    expect(element('Arn')).toBe('arn:aws:iam::123456789012:user/jane');
    expect(element('Account')).toBe('123456789012');
    expect(element('UserId')).toMatch(/^AIDA[0-9A-F]{17}$/);
    expect(element('RequestId')).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('names a session, and needs its token', async () => {
    const { element } = await ask({ ...changes, ...SESSION });
    expect(element('Arn')).toBe('arn:aws:sts::123456789012:assumed-role/app/one');
    expect(element('UserId')).toMatch(/^AROA[0-9A-F]{17}:one$/);
    const { accessKeyId, secretAccessKey } = SESSION;
    const others = [
      ask({ ...changes, accessKeyId, secretAccessKey }),
      ask({ ...changes, ...SESSION, sessionToken: 'another' }),
      ask({ ...changes, sessionToken: 'one too many' }),
    ];
    for (const other of others) expect(await refusalOf(other)).toBe('403 InvalidClientTokenId');
  });

  it.each([
    {
      what: 'an unknown key',
      wrong: { accessKeyId: 'AKIDOTHER' },
      refusal: '403 InvalidClientTokenId',
    },
    {
      what: 'another secret',
      wrong: { secretAccessKey: 'x' },
      refusal: '403 SignatureDoesNotMatch',
    },
    { what: 'another service', wrong: { service: 'rds' }, refusal: '403 SignatureDoesNotMatch' },
    {
      what: 'no host signed',
      wrong: { signedHeaders: ['x-amz-date'] },
      refusal: '403 SignatureDoesNotMatch',
    },
    {
      what: 'an old signature',
      wrong: { signedAt: NOW - 15 * MINUTE_MS - 1000 },
      refusal: '403 SignatureDoesNotMatch',
    },
    {
      what: 'a signature of tomorrow',
      wrong: { signedAt: NOW + 15 * MINUTE_MS + 1000 },
      refusal: '403 SignatureDoesNotMatch',
    },
  ])('refuses $what', async ({ wrong, refusal }) => {
    expect(await refusalOf(ask({ ...changes, ...wrong }))).toBe(refusal);
  });

  it.each([-15, 15])('accepts a clock that is %d minutes away', async (minutes) => {
    expect((await ask({ ...changes, signedAt: NOW + minutes * MINUTE_MS })).status).toBe(200);
  });

  it('refuses expired credentials, and tells only who has the secret', async () => {
    now = NOW + 60 * MINUTE_MS;
    const expired = { ...changes, ...SESSION, signedAt: now };
    expect(await refusalOf(ask(expired))).toBe('403 ExpiredToken');
    expect(await refusalOf(ask({ ...expired, secretAccessKey: 'x' }))).toBe(
      '403 SignatureDoesNotMatch',
    );
  });
});

it('names someone of the default account where nothing else is known', async () => {
  const { element } = await ask({ accessKeyId: 'AKIDANYONE', secretAccessKey: 'anyone' });
  expect(element('Arn')).toBe('arn:aws:iam::123456789012:user/app');
});

it('tells a wrong clock in AWS’s words', async () => {
  const early = await ask({ signedAt: NOW - 20 * MINUTE_MS });
  expect(early.element('Message')).toBe(
    'Signature expired: 20261123T230910Z is now earlier than 20261123T231410Z (20261123T232910Z - 15 min.)',
  );
  const late = await ask({ signedAt: NOW + 20 * MINUTE_MS });
  expect(late.element('Message')).toBe(
    'Signature not yet current: 20261123T234910Z is still later than 20261123T234410Z (20261123T232910Z + 15 min.)',
  );
});

describe('a signed request that was changed', () => {
  const sign = (changes: Partial<StsRequest> = {}) =>
    signRequest(services.origin, { parameters: IDENTITY, ...USER, signedAt: NOW, ...changes });

  it.each([
    {
      what: 'no signature',
      change: () => new Request(`${services.origin}/?Action=GetCallerIdentity`),
      refusal: '403 MissingAuthenticationToken',
    },
    {
      what: 'another parameter',
      change: () => new Request(`${sign().url}&X=1`, { headers: sign().headers }),
      refusal: '403 SignatureDoesNotMatch',
    },
    {
      what: 'another header',
      change: () => sign({ overrides: { 'content-type': 'text/plain' } }),
      refusal: '403 SignatureDoesNotMatch',
    },
    {
      what: 'another body',
      change: () =>
        new Request(sign({ method: 'POST' }), { method: 'POST', body: 'Action=GetCallerIdentity' }),
      refusal: '403 SignatureDoesNotMatch',
    },
    {
      what: 'another date',
      change: () => sign({ overrides: { 'x-amz-date': '20261123T232911Z' } }),
      refusal: '403 SignatureDoesNotMatch',
    },
    {
      what: 'a date of another day',
      change: () => sign({ overrides: { 'x-amz-date': '20261124T232910Z' } }),
      refusal: '403 SignatureDoesNotMatch',
    },
    {
      what: 'no date',
      change: () => sign({ overrides: { 'x-amz-date': 'today' } }),
      refusal: '400 IncompleteSignature',
    },
    {
      what: 'another scheme',
      change: () => sign({ overrides: { authorization: 'Bearer x' } }),
      refusal: '400 IncompleteSignature',
    },
    {
      what: 'a longer scope',
      change: () =>
        sign({
          presigned: true,
          overrides: { 'X-Amz-Credential': 'AKIDUSER/20261123/eu-west-1/sts/aws4_request/x' },
        }),
      refusal: '400 IncompleteSignature',
    },
    {
      what: 'another algorithm',
      change: () => sign({ presigned: true, overrides: { 'X-Amz-Algorithm': 'AWS4-HMAC-SHA1' } }),
      refusal: '400 IncompleteSignature',
    },
    {
      what: 'a broken query',
      change: () => new Request(`${sign().url}&X=%zz`, { headers: sign().headers }),
      refusal: '400 IncompleteSignature',
    },
    {
      what: 'a presigned one more parameter',
      change: () =>
        new Request(`${sign({ presigned: true }).url}&X=1`, {
          headers: sign({ presigned: true }).headers,
        }),
      refusal: '403 SignatureDoesNotMatch',
    },
  ])('by $what is refused: $refusal', async ({ change, refusal }) => {
    expect(await refusalOf(answerTo(change()))).toBe(refusal);
  });
});

it('tells a date that is not that of the scope', async () => {
  const overrides = { 'x-amz-date': '20261124T000000Z' };
  const request = { parameters: IDENTITY, ...USER, signedAt: NOW, overrides };
  now = Date.UTC(2026, 10, 24);
  const { element } = await answerTo(signRequest(services.origin, request));
  expect(element('Message')).toContain('Date in Credential scope does not match');
});

it('counts several spaces in a header as one, as SigV4 does', async () => {
  const overrides = { 'content-type': 'application/x-www-form-urlencoded;  charset=utf-8' };
  const request = { parameters: IDENTITY, ...USER, signedAt: NOW, overrides };
  expect((await answerTo(signRequest(services.origin, request))).status).toBe(200);
});

it('heeds no X-Amz-Expires, as AWS STS does not', async () => {
  expect((await ask({ presigned: true, signedAt: NOW - 14 * MINUTE_MS })).status).toBe(200);
});

it.each(['', 'GetSessionToken', '<script>'])('knows no action %j', async (Action) => {
  const { status, element } = await ask({ parameters: { Action } });
  expect(`${status} ${element('Code') ?? ''}`).toBe('400 InvalidAction');
  const shown = Action.replace('<', '&#60;').replace('>', '&#62;');
  expect(element('Message')).toBe(`Could not find operation ${shown} for version 2011-06-15`);
});

describe('AssumeRole', () => {
  it('starts a session that AWS STS and RDS know', async () => {
    const { status, element } = await ask({ parameters: assume() });
    expect(status).toBe(200);
    expect(element('Arn')).toBe('arn:aws:sts::123456789012:assumed-role/app/session');
    expect(element('AccessKeyId')).toMatch(/^ASIA[A-Z2-7]{16}$/);
    expect(element('SecretAccessKey')).toMatch(/^[\w+/]{40}$/);
    expect(element('SessionToken')).toMatch(/^IQoJb3JpZ2luX2Vj[\w+/]{640}$/);
    expect(element('Expiration')).toBe(new Date(NOW + 30 * MINUTE_MS).toISOString());
    const session = {
      accessKeyId: element('AccessKeyId') ?? '',
      secretAccessKey: element('SecretAccessKey') ?? '',
      sessionToken: element('SessionToken') ?? '',
    };
    expect((await ask(session)).element('Arn')).toBe(element('Arn'));
    expect(keys.lookUp(session.accessKeyId)).toEqual({
      secretAccessKey: session.secretAccessKey,
      sessionToken: session.sessionToken,
      expiresAt: NOW + 30 * MINUTE_MS,
      arn: element('Arn'),
      users: ['jane_doe'],
    });
  });

  it('heeds a shorter duration', async () => {
    const { element } = await ask({ parameters: assume({ DurationSeconds: '900' }) });
    expect(element('Expiration')).toBe(new Date(NOW + 15 * MINUTE_MS).toISOString());
  });

  it.each<{ changes: Record<string, string>; refusal: string }>([
    { changes: { RoleArn: '' }, refusal: '400 ValidationError' },
    { changes: { RoleArn: 'arn:aws:iam::1:role/app' }, refusal: '400 ValidationError' },
    { changes: { RoleArn: `${ROLE}"` }, refusal: '400 ValidationError' },
    { changes: { RoleSessionName: 'x' }, refusal: '400 ValidationError' },
    { changes: { RoleSessionName: 'two words' }, refusal: '400 ValidationError' },
    { changes: { DurationSeconds: '899' }, refusal: '400 ValidationError' },
    { changes: { DurationSeconds: '43201' }, refusal: '400 ValidationError' },
    { changes: { DurationSeconds: 'an hour' }, refusal: '400 ValidationError' },
    { changes: { Policy: '{}' }, refusal: '400 ValidationError' },
    { changes: { 'PolicyArns.member.1.arn': ROLE }, refusal: '400 ValidationError' },
    { changes: { RoleArn: `${ROLE}2` }, refusal: '403 AccessDenied' },
  ])('refuses $changes with $refusal', async ({ changes, refusal }) => {
    expect(await refusalOf(ask({ parameters: assume(changes) }))).toBe(refusal);
  });

  it('says who is denied what', async () => {
    const { element } = await ask({ parameters: assume({ RoleArn: `${ROLE}2` }) });
    expect(element('Message')).toBe(
      `User: arn:aws:iam::123456789012:user/jane is not authorized to perform: sts:AssumeRole on resource: ${ROLE}2`,
    );
  });

  it('is for those who sign', async () => {
    const request = new Request(`${services.origin}/?${String(new URLSearchParams(assume()))}`);
    expect(await refusalOf(answerTo(request))).toBe('403 MissingAuthenticationToken');
  });

  it('is denied without a role', async () => {
    const without = await startCredentialServices({ keys, clock: () => NOW });
    const request = { parameters: assume(), ...USER, signedAt: NOW };
    const refusal = await refusalOf(answerTo(signRequest(without.origin, request)));
    await without.close();
    expect(refusal).toBe('403 AccessDenied');
  });
});

describe('AssumeRoleWithWebIdentity', () => {
  const exchange = (changes: Record<string, string> = {}) => {
    const parameters = assume({
      Action: 'AssumeRoleWithWebIdentity',
      WebIdentityToken: 'a token',
      ...changes,
    });
    const body = String(new URLSearchParams(parameters));
    return answerTo(new Request(services.origin, { method: 'POST', body }));
  };

  it('starts a session for a token', async () => {
    const { status, element } = await exchange();
    expect(status).toBe(200);
    expect(keys.lookUp(element('AccessKeyId') ?? '')?.arn).toBe(
      'arn:aws:sts::123456789012:assumed-role/app/session',
    );
  });

  it.each([
    { changes: { WebIdentityToken: '' }, refusal: '400 ValidationError' },
    { changes: { RoleArn: `${ROLE}2` }, refusal: '403 AccessDenied' },
  ])('refuses $changes with $refusal', async ({ changes, refusal }) => {
    expect(await refusalOf(exchange(changes))).toBe(refusal);
  });
});

it('notes what was asked, and no secret', async () => {
  await ask();
  await ask({ presigned: true, ...SESSION });
  await ask({ parameters: assume() });
  await ask({ parameters: { Action: 'Nothing' } });
  const { body } = await answerTo(
    new Request(services.origin, {
      method: 'POST',
      body: String(
        new URLSearchParams(
          assume({ Action: 'AssumeRoleWithWebIdentity', WebIdentityToken: 'abc' }),
        ),
      ),
    }),
  );
  expect(services.requests()).toEqual([
    { action: 'GetCallerIdentity', proof: 'AKIDUSER' },
    { action: 'GetCallerIdentity', proof: 'ASIAROLE' },
    { action: 'AssumeRole', role: ROLE, proof: 'AKIDUSER' },
    { action: 'AssumeRoleWithWebIdentity', role: ROLE, proof: 'sha256:ba7816bf8f01cfea' },
  ]);
  expect(body).not.toContain('abc');
});

it('tells no error what the client’s secrets are', async () => {
  const { body } = await ask({ ...SESSION, secretAccessKey: 'x' });
  for (const secret of [SESSION.sessionToken, SESSION.secretAccessKey, 'Signature=', 'x-amz-'])
    expect(body).not.toContain(secret);
});

it('takes no body that is larger than any client’s', async () => {
  const body = 'x'.repeat(65_537);
  expect((await fetch(services.origin, { method: 'POST', body })).status).toBe(413);
});
