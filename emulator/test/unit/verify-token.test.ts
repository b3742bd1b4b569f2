import { Signer } from '@aws-sdk/rds-signer';
import { signToken, type TokenRequest } from '../../../test/harness/sign-token';
import { verifyToken, type ExpectedLogin, type KnownCredentials } from '../../src/iam/verify-token';

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
    expect(verify(token.replace(HOST.toUpperCase(), HOST))).toEqual(refused('signature'));
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
    expect(verify(sign(changes))).toEqual(refused(part));
  });

  it.each([
    { sessionToken: undefined, known: SESSION },
    { sessionToken: 'IQoJ+b3/JpZ2lu=', known: SESSION },
  ])(
    'is refused with session token $sessionToken in place of $known',
    ({ sessionToken, known }) => {
      const token = sign(sessionToken === undefined ? {} : { sessionToken });
      expect(verify(token, { known: { sessionToken: known } })).toEqual(refused('session-token'));
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
    expect(verify(sign({ overrides: action }))).toEqual(refused('malformed'));
  });
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
    expect(verify(token.replace(from, to))).toEqual(refused('malformed'));
  });

  it.each([
    ['X-Amz-Expires=900', 'X-Amz-Expires=899'],
    ['T232910Z', 'T232911Z'],
    [/.$/, 'g'],
    [/.$/, ''],
    [/$/, '0'],
  ])('has a wrong signature when %s becomes %s', (from, to) => {
    expect(verify(sign().replace(from, to))).toEqual(refused('signature'));
  });

  it('has a wrong signature when any of its signature’s characters changes', () => {
    const token = sign();
    for (let index = token.length - 64; index < token.length; index += 1) {
      const changed = token[index] === '0' ? '1' : '0';
      const tampered = token.slice(0, index) + changed + token.slice(index + 1);
      expect(verify(tampered)).toEqual(refused('signature'));
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
    expect(verify(sign(), { now: SIGNED_AT + ageMs })).toEqual(verdict);
  });

  it('heeds the token’s own shorter life', () => {
    const token = sign({ overrides: { 'X-Amz-Expires': '30' } });
    expect(verify(token, { now: SIGNED_AT + 30_000 })).toEqual(refused('expired'));
  });

  it.each([
    { leftMs: 1, verdict: accepted },
    { leftMs: 0, verdict: refused('credentials-expired') },
  ])('gives $verdict when the credentials live $leftMs ms more', ({ leftMs, verdict }) => {
    const now = SIGNED_AT + MINUTE_MS;
    expect(verify(sign(), { now, known: { expiresAt: now + leftMs } })).toEqual(verdict);
  });
});

it('lets the policy decide which users a key may be', () => {
  expect(verify(sign(), { known: { users: ['jane_doe'] } })).toEqual(accepted);
  expect(verify(sign(), { known: { users: ['john'] } })).toEqual(refused('not-authorized'));
});
