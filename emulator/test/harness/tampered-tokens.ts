import type { KnownCredentials } from '../../src/iam/access-keys';
import type { TokenRequest } from '../../../test/harness/sign-token';
import { ENDPOINT, KEYS } from '../../../test/harness/emulated-endpoint';

/** Signs a good token of the key AKIDUSER, but for the changes. */
export type Sign = (changes?: Partial<TokenRequest>) => string;

/** A token that is not what AWS's signers make. */
export interface ChangedToken {
  readonly what: string;
  readonly make: (sign: Sign) => string;
}

const MINUTE_MS = 60_000;
const SECRET = { secretAccessKey: 'a secret' };
const ROLE = { accessKeyId: 'ASIAROLE', ...KEYS.ASIAROLE };

/** Access keys of the tables, besides {@link KEYS}. */
export const TABLE_KEYS: Readonly<Record<string, KnownCredentials>> = {
  ASIAEXPIRED: { ...SECRET, sessionToken: 'a session', expiresAt: Date.now() - MINUTE_MS },
  AKIDNOBODY: { ...SECRET, users: [] },
  AKIDOTHERUSER: { ...SECRET, users: ['john'] },
  AKIDDENIED: {
    ...SECRET,
    policies: [
      { Statement: { Effect: 'Allow', Action: '*', Resource: '*' } },
      { Statement: { Effect: 'Deny', Action: 'rds-db:*', Resource: '*' } },
    ],
  },
  AKIDOTHERDATABASE: {
    ...SECRET,
    policies: [
      {
        Statement: {
          Effect: 'Allow',
          Action: 'rds-db:connect',
          Resource: 'arn:aws:rds-db:*:123456789012:dbuser:cluster-OTHER/*',
        },
      },
    ],
  },
  AKIDOTHERACCOUNT: {
    ...SECRET,
    policies: [
      {
        Statement: {
          Effect: 'Allow',
          Action: 'rds-db:connect',
          Resource: `arn:aws:rds-db:*:210987654321:dbuser:*/${ENDPOINT.username}`,
        },
      },
    ],
  },
  AKIDFOREIGN: { ...SECRET, arn: 'arn:aws:iam::210987654321:user/app' },
};

const signedWith =
  (changes: Partial<TokenRequest>) =>
  (sign: Sign): string =>
    sign(changes);
const says = (overrides: Readonly<Record<string, string>>) => signedWith({ overrides });
/** Signed this long from the moment at which it is made. */
const signedAt =
  (fromNowMs: number, overrides: Readonly<Record<string, string>> = {}) =>
  (sign: Sign): string =>
    sign({ signedAt: Date.now() + fromNowMs, overrides });
const edited =
  (
    from: string | RegExp,
    to: string | ((match: string) => string),
    of: Partial<TokenRequest> = {},
  ) =>
  (sign: Sign): string => {
    const token = sign(of);
    const changed =
      typeof to === 'string' ? token.replace(from, () => to) : token.replace(from, to);
    if (changed === token) throw new Error(`${String(from)} is not in the token`);
    return changed;
  };
const without = (name: string) => edited(new RegExp(`${name}=[^&]*&?`), '');
const amzDate = (instant: number) => new Date(instant).toISOString().replace(/[-:]|\.\d+/g, '');
const DAY_MS = 1440 * MINUTE_MS;
const today = amzDate(Date.now()).slice(0, 8);
const scope = `${today}/${ENDPOINT.region}/rds-db/aws4_request`;
const credential = (text: string) => says({ 'X-Amz-Credential': text });
const HOST = /^[^:]+/;
const PORT = /:(\d+)\//;
const SIGNATURE = /[0-9a-f]{64}$/;
const USER = `DBUser=${ENDPOINT.username}`;

const byReason: Readonly<Record<string, Readonly<Record<string, (sign: Sign) => string>>>> = {
  host: {
    'another host': signedWith({ hostname: 'db-2.abcdefghijkl.eu-west-1.rds.amazonaws.com' }),
    'an address in place of the host': signedWith({ hostname: '127.0.0.1' }),
    'the host with a dot at its end': signedWith({ hostname: `${ENDPOINT.hostname}.` }),
    'a host with a zero-width space': signedWith({ hostname: `\u200b${ENDPOINT.hostname}` }),
    'a host that looks alike': signedWith({ hostname: ENDPOINT.hostname.replace('o', 'ο') }),
    'the token in quotes': edited(/^.*$/, (token) => `"${token}"`),
    'a line of a shell before it': edited(/^/, 'TOKEN='),
  },
  port: {
    'another port': signedWith({ port: 3306 }),
    'a port beyond all': signedWith({ port: 99_999 }),
  },
  user: {
    'another user': signedWith({ username: 'john' }),
    'the user in another case': signedWith({ username: ENDPOINT.username.toUpperCase() }),
    'the user and a space': signedWith({ username: `${ENDPOINT.username} ` }),
    'a user that looks alike': signedWith({ username: ENDPOINT.username.replace('a', 'а') }),
    'the user doubly encoded': edited(USER, USER.replace('_', '%255F')),
    'another user after signing': edited(USER, 'DBUser=john'),
  },
  region: {
    'another Region': signedWith({ region: 'us-east-1' }),
    'the Region in another case': signedWith({ region: ENDPOINT.region.toUpperCase() }),
    'another Region after signing': edited('eu-west-1%2Frds-db', 'us-east-1%2Frds-db'),
  },
  service: {
    'another service': signedWith({ service: 'rds' }),
    'the service in another case': signedWith({ service: 'RDS-DB' }),
    'the service of another token': signedWith({ service: 'dsql' }),
  },
  'not-yet-valid': { 'a date in the future': signedAt(7 * MINUTE_MS) },
  expired: {
    'a date 15 minutes ago': signedAt(-15 * MINUTE_MS),
    'a date days ago': signedAt(-3 * DAY_MS),
    'a shorter life that is over': signedAt(-2 * MINUTE_MS, { 'X-Amz-Expires': '60' }),
  },
  'unknown-key': {
    'another key': signedWith({ accessKeyId: 'AKIDOTHER' }),
    'the key in another case': signedWith({ accessKeyId: 'akiduser' }),
    'the key and a space': signedWith({ accessKeyId: 'AKIDUSER ' }),
    'a name that every object has': signedWith({ accessKeyId: 'constructor' }),
    'another key after signing': edited('AKIDUSER', 'AKIDOTHER'),
  },
  'session-token': {
    'no session token': signedWith({
      accessKeyId: 'ASIAROLE',
      secretAccessKey: ROLE.secretAccessKey,
    }),
    'another session token': signedWith({ ...ROLE, sessionToken: 'another' }),
    'the session token cut off': signedWith({
      ...ROLE,
      sessionToken: ROLE.sessionToken.slice(0, -1),
    }),
    'the session token in another case': signedWith({
      ...ROLE,
      sessionToken: ROLE.sessionToken.toLowerCase(),
    }),
    'a session token too many': signedWith({ sessionToken: ROLE.sessionToken }),
    'no session token after signing': edited(/X-Amz-Security-Token=[^&]*&/, '', ROLE),
    'another session token after signing': edited('Token=IQoJ', 'Token=IQoX', ROLE),
    'a session token too many after signing': edited(
      '&X-Amz-Sig',
      '&X-Amz-Security-Token=x&X-Amz-Sig',
    ),
    'the session token doubly encoded': edited('%3D%3D&', '%253D%253D&', ROLE),
    'the key of another session after signing': edited('AKIDUSER', 'ASIAROLE'),
  },
  signature: {
    'another secret': signedWith({ secretAccessKey: 'another' }),
    'the secret of another key': signedWith({ secretAccessKey: ROLE.secretAccessKey }),
    'the secret and a line end': signedWith({
      secretAccessKey: `${KEYS.AKIDUSER.secretAccessKey}\n`,
    }),
    'another host, put right after signing': edited(HOST, ENDPOINT.hostname, {
      hostname: 'another',
    }),
    'the host in another case after signing': edited(HOST, (host) => host.toUpperCase()),
    'another port, put right after signing': (sign) => {
      const [, port = ''] = PORT.exec(sign()) ?? [];
      return sign({ port: 3306 }).replace(PORT, `:${port}/`);
    },
    'another user, put right after signing': edited('john', ENDPOINT.username, {
      username: 'john',
    }),
    'another Region, put right after signing': edited('us-east-1', ENDPOINT.region, {
      region: 'us-east-1',
    }),
    'another service, put right after signing': edited('%2Frds%2F', '%2Frds-db%2F', {
      service: 'rds',
    }),
    'a longer life after signing': edited('Expires=60', 'Expires=900', {
      overrides: { 'X-Amz-Expires': '60' },
    }),
    'a later date after signing': (sign) => {
      const past = Date.now() - 20 * MINUTE_MS;
      const now = amzDate(Date.now());
      return sign({ signedAt: past })
        .replace(amzDate(past), now)
        .replace(/\d{8}%2F/, `${now.slice(0, 8)}%2F`);
    },
    'the signature in upper case': edited(SIGNATURE, (text) =>
      text.toUpperCase().replace(/^\d/, 'A'),
    ),
    'the signature one digit shorter': edited(/.$/, ''),
    'the signature one digit longer': edited(/$/, '0'),
    'the signature cut in half': edited(/.{32}$/, ''),
    'a signature of zeros': edited(SIGNATURE, '0'.repeat(64)),
    'the signature in Base64': edited(SIGNATURE, (hex) =>
      Buffer.from(hex, 'hex').toString('base64url'),
    ),
    'a fragment': edited(/$/, '#x'),
    'a path at its end': edited(/$/, '/'),
    'a semicolon at its end': edited(/$/, ';'),
    'a zero-width space at its end': edited(/$/, '\u200b'),
  },
  'credentials-expired': {
    'expired credentials': signedWith({
      accessKeyId: 'ASIAEXPIRED',
      ...SECRET,
      sessionToken: 'a session',
    }),
  },
  'not-authorized': {
    'a key of nobody': signedWith({ accessKeyId: 'AKIDNOBODY', ...SECRET }),
    'a key of another user': signedWith({ accessKeyId: 'AKIDOTHERUSER', ...SECRET }),
    'a key that a policy denies': signedWith({ accessKeyId: 'AKIDDENIED', ...SECRET }),
    'a key of another database': signedWith({ accessKeyId: 'AKIDOTHERDATABASE', ...SECRET }),
  },
  'wrong-account': {
    'a policy of another account': signedWith({ accessKeyId: 'AKIDOTHERACCOUNT', ...SECRET }),
    'a user of another account': signedWith({ accessKeyId: 'AKIDFOREIGN', ...SECRET }),
  },
  malformed: {
    'another action': says({ Action: 'disconnect' }),
    'the action in another case': says({ Action: 'Connect' }),
    'no user': says({ DBUser: '' }),
    'another algorithm': says({ 'X-Amz-Algorithm': 'AWS4-HMAC-SHA1' }),
    'the algorithm of SigV4a': says({ 'X-Amz-Algorithm': 'AWS4-ECDSA-P256-SHA256' }),
    'the algorithm in another case': says({ 'X-Amz-Algorithm': 'aws4-hmac-sha256' }),
    'no access key': credential(`/${scope}`),
    'another end of the scope': credential(`AKIDUSER/${scope.replace('aws4', 'aws3')}`),
    'a longer scope': credential(`AKIDUSER/${scope}/`),
    'a shorter scope': credential(`AKIDUSER/${scope.replace('/rds-db', '')}`),
    'a scope without a Region': credential(`AKIDUSER/${scope.replace(ENDPOINT.region, '')}`),
    'a scope of another day': credential(`AKIDUSER/${scope.replace(today, '20200101')}`),
    'a date without a time': says({ 'X-Amz-Date': today }),
    'a date of another format': says({ 'X-Amz-Date': new Date().toISOString() }),
    'a date that does not exist': says({ 'X-Amz-Date': `${today}T250000Z` }),
    'a day that does not exist': says({
      'X-Amz-Date': '20270230T000000Z',
      'X-Amz-Credential': `AKIDUSER/${scope.replace(today, '20270230')}`,
    }),
    'a date of another time zone': says({
      'X-Amz-Date': amzDate(Date.now()).replace('Z', '+0000'),
    }),
    'a life of 901 s': says({ 'X-Amz-Expires': '901' }),
    'a life of an hour': says({ 'X-Amz-Expires': '3600' }),
    'a life of 0 s': says({ 'X-Amz-Expires': '0' }),
    'a life of -1 s': says({ 'X-Amz-Expires': '-1' }),
    'a life of 900.0 s': says({ 'X-Amz-Expires': '900.0' }),
    'a life of 9e2 s': says({ 'X-Amz-Expires': '9e2' }),
    'a life of 0900 s': says({ 'X-Amz-Expires': '0900' }),
    'the header Host in another case': says({ 'X-Amz-SignedHeaders': 'Host' }),
    'one more signed header': says({ 'X-Amz-SignedHeaders': 'host;x-amz-date' }),
    'another signed header': says({ 'X-Amz-SignedHeaders': 'x-amz-date' }),
    'one more parameter': says({ 'X-Amz-Extra': 'yes' }),
    'a parameter in another case': says({ dbuser: ENDPOINT.username }),
    'one more parameter after signing': edited('Action=', 'A=b&Action='),
    ...Object.fromEntries(
      [
        ...['Action', 'DBUser', 'X-Amz-Algorithm', 'X-Amz-Credential', 'X-Amz-Date'],
        ...['X-Amz-Expires', 'X-Amz-SignedHeaders', 'X-Amz-Signature'],
      ].flatMap((name) => [
        [`no ${name} after signing`, without(name)],
        [`${name} twice`, edited(new RegExp(`${name}=[^&]*`), (pair) => `${pair}&${pair}`)],
      ]),
    ),
    'a second user': edited(USER, `${USER}&DBUser=john`),
    'the session token twice': edited(
      /X-Amz-Security-Token=[^&]*/,
      (pair) => `${pair}&${pair}`,
      ROLE,
    ),
    'an empty session token': edited('&X-Amz-Sig', '&X-Amz-Security-Token=&X-Amz-Sig'),
    'the scope doubly encoded': edited(/%2F/g, '%252F'),
    'all of it encoded once more': (sign) => encodeURIComponent(sign()),
    'all of it in Base64': (sign) => Buffer.from(sign()).toString('base64'),
    'the name of a parameter encoded': edited('Action', '%41ction'),
    'a plus sign for a space': edited('jane_doe', 'jane+doe'),
    'a percent sign without digits': edited('jane_doe', 'jane%doe'),
    'bytes that are not UTF-8': edited('jane_doe', 'jane%FFdoe'),
    'HTML’s ampersands': edited(/&/g, '&amp;'),
    'semicolons between parameters': edited(/&/g, ';'),
    'an empty parameter': edited('&', '&&'),
    'an ampersand at its end': edited(/$/, '&'),
    'another path': edited('/?', '/db?'),
    'a path twice': edited('/?', '//?'),
    'no path': edited('/?', '?'),
    'no question mark': edited('/?', '/'),
    'no port': edited(PORT, '/'),
    'a port with a zero before it': edited(PORT, (port) => port.replace(':', ':0')),
    'a port of six digits': edited(PORT, ':123456/'),
    'https:// before it': edited(/^/, 'https://'),
    'mysql:// before it': edited(/^/, 'mysql://'),
    'a user before the host': edited(/^/, `${ENDPOINT.username}@`),
    'Bearer before it': edited(/^/, 'Bearer '),
    'a space before it': edited(/^/, ' '),
    'a space at its end': edited(/$/, ' '),
    'a tab at its end': edited(/$/, '\t'),
    'a line end': edited(/$/, '\n'),
    'a Windows line end': edited(/$/, '\r\n'),
    'a line end in its middle': edited('&X-Amz-Date', '\n&X-Amz-Date'),
    'a no-break space': edited(/$/, '\u00a0'),
    'a byte order mark before it': edited(/^/, '\ufeff'),
    'half of it': edited(/.*/, (token) => token.slice(0, token.length / 2)),
    'its host alone': edited(/\/.*/, ''),
    'its query alone': edited(/^.*\?/, ''),
    'a password': () => 'correct horse battery staple',
  },
};

/** Tokens that are refused, each with the reason that the log must show. */
export const refusedTokens: readonly (ChangedToken & { readonly reason: string })[] =
  Object.entries(byReason).flatMap(([reason, tokens]) =>
    Object.entries(tokens).map(([what, make]) => ({ reason, what, make })),
  );

/** Tokens that no signer of AWS’s makes and that are accepted, each with the reason for that. */
export const acceptedTokens: readonly (ChangedToken & { readonly why: string })[] = [
  {
    what: 'the host in another case, signed so',
    why: 'Names of hosts have no case (RFC 4343), and AWS documents no other rule for tokens',
    make: signedWith({ hostname: ENDPOINT.hostname.toUpperCase() }),
  },
  {
    what: 'the parameters in another order',
    why: 'SigV4 signs the canonical query, in which the server sorts them',
    make: (sign) => {
      const [address = '', query = ''] = sign().split('?');
      return `${address}?${query.split('&').reverse().join('&')}`;
    },
  },
  {
    what: 'the digits of percent-encoding in lower case',
    why: 'SigV4 signs the canonical query, which the server encodes anew',
    make: edited(/%2F/g, '%2f'),
  },
  {
    what: 'a letter that needs no encoding encoded',
    why: 'SigV4 signs the canonical query, which the server encodes anew',
    make: edited('jane_doe', '%6Aane%5Fdoe'),
  },
  {
    what: 'a shorter life',
    why: 'X-Amz-Expires may be less than 900 s',
    make: says({ 'X-Amz-Expires': '30' }),
  },
  {
    what: 'a clock four minutes ahead',
    why: 'AWS allows clocks to differ by five minutes',
    make: signedAt(4 * MINUTE_MS),
  },
];
