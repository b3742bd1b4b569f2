import { Signer } from '@aws-sdk/rds-signer';
import { signToken, type TokenRequest } from '../../../../test/harness/sign-token';
import type { KnownCredentials } from '../../../src/iam/access-keys';
import type { PolicyDocument } from '../../../src/iam/policy-document';
import { verifyToken, type ExpectedLogin } from '../../../src/iam/verify-token';

const SECRET = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY';
const SESSION = 'IQoJ+b3/JpZ2lu==';
const HOST = 'db-1.abcdefghijkl.eu-west-1.rds.amazonaws.com';
const SIGNED_AT = Date.UTC(2026, 10, 23, 23, 29, 10);
const MINUTE_MS = 60_000;

const expected: ExpectedLogin = {
  hostname: HOST,
  port: 3306,
  region: 'eu-west-1',
  username: 'jane_doe',
};

function verify(
  token: string,
  changes: {
    expected?: Partial<ExpectedLogin>;
    known?: Partial<KnownCredentials>;
    now?: number;
  } = {},
) {
  return verifyToken({
    token,
    expected: { ...expected, ...changes.expected },
    lookUp: (id) =>
      id === 'AKIDEXAMPLE' ? { secretAccessKey: SECRET, ...changes.known } : undefined,
    now: changes.now ?? SIGNED_AT + MINUTE_MS,
  });
}

const sign = (changes: Partial<TokenRequest> = {}) =>
  signToken({
    ...expected,
    accessKeyId: 'AKIDEXAMPLE',
    secretAccessKey: SECRET,
    signedAt: SIGNED_AT,
    ...changes,
  });

const accepted = { ok: true, accessKeyId: 'AKIDEXAMPLE' };
const refused = (reason: string) => ({ ok: false, reason });

describe('tokens that the AWS SDK’s signer makes', () => {
  it.each([
    { username: 'jane_doe', known: {} },
    { username: "a+b@c d~é*(x)'", known: { sessionToken: SESSION } },
  ])('are accepted for $username', async ({ username, known }) => {
    const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: SECRET, ...known };
    const signer = new Signer({
      hostname: HOST,
      port: 3306,
      region: 'eu-west-1',
      username,
      credentials,
    });
    const token = await signer.getAuthToken();

    expect(verify(token, { expected: { username }, known, now: Date.now() })).toEqual(accepted);
  });
});

describe('a well signed token', () => {
  it('is accepted for the host name in any letter case, signed as it is written', () => {
    const token = sign({ hostname: HOST.toUpperCase() });
    expect(verify(token)).toEqual(accepted);
    expect(verify(token.replace(HOST.toUpperCase(), HOST))).toMatchObject(refused('signature'));
  });

  it.each([
    { part: 'host', changes: { hostname: 'db-2.abcdefghijkl.eu-west-1.rds.amazonaws.com' } },
    { part: 'port', changes: { port: 3307 } },
    { part: 'user', changes: { username: 'Jane_doe' } },
    { part: 'region', changes: { region: 'eu-west-2' } },
    { part: 'service', changes: { service: 'rds' } },
    { part: 'unknown-key', changes: { accessKeyId: 'AKIDOTHER' } },
    { part: 'signature', changes: { secretAccessKey: 'another secret' } },
    { part: 'session-token', changes: { sessionToken: SESSION } },
  ])('is refused for its $part', ({ part, changes }) => {
    expect(verify(sign(changes))).toMatchObject(refused(part));
  });

  it.each([
    { sessionToken: undefined, known: SESSION },
    { sessionToken: 'IQoJ+b3/JpZ2lu=', known: SESSION },
  ])(
    'is refused with session token $sessionToken in place of $known',
    ({ sessionToken, known }) => {
      const token = sign(sessionToken === undefined ? {} : { sessionToken });
      expect(verify(token, { known: { sessionToken: known } })).toMatchObject(
        refused('session-token'),
      );
    },
  );

  it.each([
    { action: { Action: 'Connect' } },
    { action: { 'X-Amz-Algorithm': 'AWS4-HMAC-SHA1' } },
    { action: { 'X-Amz-Expires': '901' } },
    { action: { 'X-Amz-Expires': '0' } },
    { action: { 'X-Amz-Expires': '-1' } },
    { action: { 'X-Amz-SignedHeaders': 'host;x-amz-date' } },
    { action: { 'X-Amz-Date': '20261122T232910Z' } },
    { action: { 'X-Amz-Date': '20261123' } },
    { action: { 'X-Amz-Credential': 'AKIDEXAMPLE/20261123/eu-west-1/rds-db' } },
    { action: { 'X-Amz-Credential': 'AKIDEXAMPLE/20261123/eu-west-1/rds-db/aws4_request/' } },
    { action: { 'X-Amz-Extra': 'yes' } },
    { action: { dbuser: 'jane_doe' } },
    { action: { DBUser: '' } },
  ])('is malformed with $action', ({ action }) => {
    expect(verify(sign({ overrides: action }))).toMatchObject(refused('malformed'));
  });
});

it('knows no key of whom the look-up finds something else than credentials', () => {
  const credentials: Readonly<Record<string, KnownCredentials>> = {};
  const token = sign({ accessKeyId: 'constructor', secretAccessKey: 'undefined' });
  const lookUp = (id: string) => credentials[id];
  const verdict = verifyToken({ token, expected, lookUp, now: SIGNED_AT });
  expect(verdict).toMatchObject(refused('unknown-key'));
});

describe('a token whose text was changed', () => {
  it.each([
    ['DBUser=jane_doe', 'DBUser=jane_doe&DBUser=jane_doe'],
    ['Action=connect&', ''],
    [/&X-Amz-Signature=.*/, ''],
    [':3306/?', '/?'],
    [':3306/?', ':3306?'],
    ['/?', '/x?'],
    ['DBUser=jane_doe', 'DBUser=jane+doe'],
    ['DBUser=jane_doe', 'DBUser=jane%2doe%'],
    ['DBUser=jane_doe', 'DBUser=%FF'],
    [/^/, 'https://'],
    [/$/, '&'],
    [/.*/, ''],
  ])('is malformed when %s becomes %s', (from, to) => {
    const token = sign();
    expect(verify(token.replace(from, to))).toMatchObject(refused('malformed'));
  });

  it.each([
    ['X-Amz-Expires=900', 'X-Amz-Expires=899'],
    ['T232910Z', 'T232911Z'],
    [/.$/, 'g'],
    [/.$/, ''],
    [/$/, '0'],
  ])('has a wrong signature when %s becomes %s', (from, to) => {
    expect(verify(sign().replace(from, to))).toMatchObject(refused('signature'));
  });

  it('has a wrong signature when any of its signature’s characters changes', () => {
    const token = sign();
    for (let index = token.length - 64; index < token.length; index += 1) {
      const changed = token[index] === '0' ? '1' : '0';
      const tampered = token.slice(0, index) + changed + token.slice(index + 1);
      expect(verify(tampered)).toMatchObject(refused('signature'));
    }
  });
});

describe('time', () => {
  it.each([
    { ageMs: -5 * MINUTE_MS - 1, verdict: refused('not-yet-valid') },
    { ageMs: -5 * MINUTE_MS, verdict: accepted },
    { ageMs: 15 * MINUTE_MS - 1, verdict: accepted },
    { ageMs: 15 * MINUTE_MS, verdict: refused('expired') },
  ])('gives $verdict to a token $ageMs ms old', ({ ageMs, verdict }) => {
    expect(verify(sign(), { now: SIGNED_AT + ageMs })).toMatchObject(verdict);
  });

  it('heeds the token’s own shorter life', () => {
    const token = sign({ overrides: { 'X-Amz-Expires': '30' } });
    expect(verify(token, { now: SIGNED_AT + 30_000 })).toMatchObject(refused('expired'));
  });

  it.each([
    { leftMs: 1, verdict: accepted },
    { leftMs: 0, verdict: refused('credentials-expired') },
  ])('gives $verdict when the credentials live $leftMs ms more', ({ leftMs, verdict }) => {
    const now = SIGNED_AT + MINUTE_MS;
    expect(verify(sign(), { now, known: { expiresAt: now + leftMs } })).toMatchObject(verdict);
  });
});

describe('whom a key may be', () => {
  const RESOURCE = 'arn:aws:rds-db:eu-west-1:123456789012:dbuser:cluster-ABCDEFGHIJKL/jane_doe';
  const allow = (Resource: string): PolicyDocument => ({
    Statement: { Effect: 'Allow', Action: 'rds-db:connect', Resource },
  });
  const deny = (Resource: string): PolicyDocument => ({
    Statement: { Effect: 'Deny', Action: '*', Resource },
  });
  const elsewhere = RESOURCE.replace('123456789012', '210987654321');

  it.each<{ is: string; known: Partial<KnownCredentials>; verdict: object }>([
    { is: 'anyone by default', known: {}, verdict: accepted },
    { is: 'one of users', known: { users: ['john', 'jane_doe'] }, verdict: accepted },
    { is: 'none of users', known: { users: ['john'] }, verdict: refused('not-authorized') },
    { is: 'no one of users', known: { users: [] }, verdict: refused('not-authorized') },
    { is: 'no pattern of users', known: { users: ['jane*'] }, verdict: refused('not-authorized') },
    { is: 'no one of policies', known: { policies: [] }, verdict: refused('not-authorized') },
    { is: 'whom a policy allows', known: { policies: [allow(RESOURCE)] }, verdict: accepted },
    {
      is: 'whom a policy allows besides users',
      known: { users: ['john'], policies: [allow(RESOURCE)] },
      verdict: accepted,
    },
    {
      is: 'not whom a policy denies',
      known: { users: ['jane_doe'], policies: [deny(RESOURCE)] },
      verdict: refused('not-authorized'),
    },
    {
      is: 'not whom a policy allows elsewhere',
      known: { policies: [allow(elsewhere)] },
      verdict: refused('wrong-account'),
    },
    {
      is: 'no one, of another account',
      known: { arn: 'arn:aws:iam::210987654321:user/app', policies: [allow('*')] },
      verdict: refused('wrong-account'),
    },
    {
      is: 'not authorized first of all, of another account',
      known: { arn: 'arn:aws:iam::210987654321:user/app', policies: [] },
      verdict: refused('not-authorized'),
    },
    {
      is: 'anyone, of the same account',
      known: { arn: 'arn:aws:iam::123456789012:user/app' },
      verdict: accepted,
    },
  ])('is $is', ({ known, verdict }) => {
    expect(verify(sign(), { known })).toMatchObject(verdict);
  });

  it('depends on the resource id and the account of the database', () => {
    const database = { resourceId: 'db-XYZ', account: '210987654321' };
    const policies = [allow('arn:aws:rds-db:eu-west-1:210987654321:dbuser:db-XYZ/*')];
    expect(verify(sign(), { expected: database, known: { policies } })).toEqual(accepted);
    expect(verify(sign(), { known: { policies } })).toMatchObject(refused('not-authorized'));
  });

  it('is an error with a policy that the emulator does not imitate', () => {
    const policies = [{ ...allow('*'), Condition: {} }] as never;
    expect(() => verify(sign(), { known: { policies } })).toThrow('Condition');
  });
});

describe('the details of a refusal', () => {
  const detailsOf = (...given: Parameters<typeof verify>) => {
    const verdict = verify(...given);
    return verdict.ok ? undefined : verdict.details;
  };

  it.each([
    { changes: { port: 3307 }, details: { expected: 3306, found: 3307 } },
    { changes: { hostname: 'other' }, details: { expected: HOST, found: 'other' } },
    { changes: { region: 'us-east-1' }, details: { expected: 'eu-west-1', found: 'us-east-1' } },
    { changes: { service: 'rds' }, details: { expected: 'rds-db', found: 'rds' } },
    { changes: { username: 'john' }, details: { expected: 'jane_doe', found: 'john' } },
    { changes: { accessKeyId: 'AKIDOTHER' }, details: { caller: 'AKIDOTHER' } },
    { changes: { secretAccessKey: 'another' }, details: { caller: 'AKIDEXAMPLE' } },
  ])('say $details', ({ changes, details }) => {
    expect(detailsOf(sign(changes))).toEqual({ username: 'jane_doe', ...details });
  });

  it('name the caller by its ARN, and the resource', () => {
    const known = { arn: 'arn:aws:sts::123456789012:assumed-role/app/1', users: [] };
    expect(detailsOf(sign(), { known })).toEqual({
      username: 'jane_doe',
      caller: known.arn,
      expected: 'arn:aws:rds-db:eu-west-1:123456789012:dbuser:cluster-ABCDEFGHIJKL/jane_doe',
    });
  });

  it('hide what is secret, wherever a client put it', () => {
    const token = sign({ sessionToken: SESSION });
    const signature = token.slice(-64);
    const hidden = [
      detailsOf(sign({ sessionToken: SESSION, username: SESSION })),
      detailsOf(sign({ sessionToken: 'IQoJa', accessKeyId: 'IQoJa' })),
      detailsOf('', { expected: { username: token } }),
      detailsOf(sign({ region: 'X-Amz-Signature' })),
      detailsOf(token.replace('jane_doe', signature)),
    ];
    expect(hidden).toEqual([
      { username: 'jane_doe', expected: 'jane_doe', found: '(hidden)' },
      { username: 'jane_doe', caller: '(hidden)' },
      { username: '(hidden)' },
      { username: 'jane_doe', expected: 'eu-west-1', found: '(hidden)' },
      { username: 'jane_doe', expected: 'jane_doe', found: '(hidden)' },
    ]);
  });
});
