import type { IamAuthOptions } from '../../src';
import { problemOf } from '../../src/errors';
import { parseFlag, resolveOptions } from '../../src/options';
import { caught } from '../harness/caught';

/** Options as an application without types gives them. */
const untyped = (options: unknown) => resolveOptions(options as IamAuthOptions);

const SECRET = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY';
const PEM = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n';
const text = 'a non-empty string';
const positive = 'a number above 0 and below 2^31';
const count = 'a whole number above 0';
const reuse =
  "a number above 0 and at most 840000, which is 14 of a token's 15 minutes (leave it out to sign a token for each connection)";

describe('a known option', () => {
  it.each([
    [{ region: '' }, `iamAuth.region must be ${text}, not ""`],
    [{ region: 5 }, `iamAuth.region must be ${text}, not 5`],
    [{ region: null }, `iamAuth.region must be ${text}, not null`],
    [{ profile: true }, `iamAuth.profile must be ${text}, not true`],
    [{ credentialsTimeoutMs: 0 }, `iamAuth.credentialsTimeoutMs must be ${positive}, not 0`],
    [{ credentialsTimeoutMs: -1 }, `iamAuth.credentialsTimeoutMs must be ${positive}, not -1`],
    [{ credentialsTimeoutMs: NaN }, `iamAuth.credentialsTimeoutMs must be ${positive}, not NaN`],
    [
      { credentialsTimeoutMs: 2 ** 31 },
      `iamAuth.credentialsTimeoutMs must be ${positive}, not 2147483648`,
    ],
    [{ credentialsTimeoutMs: '5' }, `iamAuth.credentialsTimeoutMs must be ${positive}, not "5"`],
    [{ endpoint: 'db' }, 'iamAuth.endpoint must be an object, not "db"'],
    [{ endpoint: [] }, 'iamAuth.endpoint must be an object, not this object'],
    [{ endpoint: { hostname: 1 } }, `iamAuth.endpoint.hostname must be ${text}, not 1`],
    [
      { endpoint: { port: '3306' } },
      'iamAuth.endpoint.port must be a port, from 1 to 65535, not "3306"',
    ],
    [{ endpoint: { port: 0 } }, 'iamAuth.endpoint.port must be a port, from 1 to 65535, not 0'],
    [{ endpoint: { port: 1.5 } }, 'iamAuth.endpoint.port must be a port, from 1 to 65535, not 1.5'],
    [
      { endpoint: { port: 65_536 } },
      'iamAuth.endpoint.port must be a port, from 1 to 65535, not 65536',
    ],
    [{ endpoint: { region: '' } }, `iamAuth.endpoint.region must be ${text}, not ""`],
    [{ tls: 'x' }, 'iamAuth.tls must be an object, not "x"'],
    [
      { tls: { ca: '/etc/ca.pem' } },
      'iamAuth.tls.ca must be certificates in PEM (the text itself, not a path), or an array of them, not this string',
    ],
    [
      { tls: { ca: [] } },
      'iamAuth.tls.ca must be certificates in PEM (the text itself, not a path), or an array of them, not this object',
    ],
    [
      { tls: { ca: [PEM, 5] } },
      'iamAuth.tls.ca must be certificates in PEM (the text itself, not a path), or an array of them, not this object',
    ],
    [{ limiter: true }, 'iamAuth.limiter must be an object, not true'],
    [{ limiter: null }, 'iamAuth.limiter must be an object, not null'],
    [{ limiter: { limit: 0 } }, `iamAuth.limiter.limit must be ${positive}, not 0`],
    [{ limiter: { limit: Infinity } }, `iamAuth.limiter.limit must be ${positive}, not Infinity`],
    [{ limiter: { key: '' } }, `iamAuth.limiter.key must be ${text}, not ""`],
    [{ limiter: { processes: 0 } }, `iamAuth.limiter.processes must be ${count}, not 0`],
    [{ limiter: { processes: 2.5 } }, `iamAuth.limiter.processes must be ${count}, not 2.5`],
    [{ reuseTokenForMs: 840_001 }, `iamAuth.reuseTokenForMs must be ${reuse}, not 840001`],
    [{ reuseTokenForMs: 900_000 }, `iamAuth.reuseTokenForMs must be ${reuse}, not 900000`],
    [{ reuseTokenForMs: Infinity }, `iamAuth.reuseTokenForMs must be ${reuse}, not Infinity`],
    [{ reuseTokenForMs: 0 }, `iamAuth.reuseTokenForMs must be ${reuse}, not 0`],
    [{ reuseTokenForMs: -1 }, `iamAuth.reuseTokenForMs must be ${reuse}, not -1`],
    [{ reuseTokenForMs: NaN }, `iamAuth.reuseTokenForMs must be ${reuse}, not NaN`],
    [{ reuseTokenForMs: '5' }, `iamAuth.reuseTokenForMs must be ${reuse}, not "5"`],
    [{ reuseTokenForMs: true }, `iamAuth.reuseTokenForMs must be ${reuse}, not true`],
    [
      { logger: 'x' },
      'iamAuth.logger must be an object whose debug, warn and warning, where present, are functions, not "x"',
    ],
    [
      { logger: { warn: 'x' } },
      'iamAuth.logger must be an object whose debug, warn and warning, where present, are functions, not this object',
    ],
    [
      { logger: { debug: 1 } },
      'iamAuth.logger must be an object whose debug, warn and warning, where present, are functions, not this object',
    ],
    [
      { credentials: { accessKeyId: 'AKID' } },
      'iamAuth.credentials must be an AWS credential identity (accessKeyId, secretAccessKey) or a provider function, not this object',
    ],
    [
      { credentials: SECRET },
      'iamAuth.credentials must be an AWS credential identity (accessKeyId, secretAccessKey) or a provider function, not this string',
    ],
    [
      { credentials: null },
      /^iamAuth\.credentials must be .*, not this object: correct iamAuth\.credentials$/,
    ],
  ])('of a wrong type or range is named with what it must be: %j', (options, message) => {
    const error = caught(() => untyped(options));
    expect(error.code).toBe('ERR_IAM_AUTH_OPTIONS');
    if (typeof message === 'string') expect(problemOf(error)).toBe(message);
    else expect(error.message).toMatch(message);
  });

  it.each([
    {},
    { region: undefined, credentials: undefined, limiter: undefined, tls: undefined },
    { region: 'eu-west-1', profile: 'x', credentialsTimeoutMs: 0.5 },
    { credentials: { accessKeyId: 'AKID', secretAccessKey: SECRET, sessionToken: 'x' } },
    { credentials: () => Promise.resolve({ accessKeyId: 'AKID', secretAccessKey: SECRET }) },
    { endpoint: {} },
    { endpoint: { hostname: 'x', port: 1, region: 'y' } },
    { tls: {} },
    { tls: { ca: PEM } },
    { tls: { ca: Buffer.from(PEM) } },
    { tls: { ca: [PEM, Buffer.from(PEM)] } },
    { limiter: false as const },
    { limiter: {} },
    { limiter: { limit: 0.5, key: 'k', processes: 40 } },
    { limiter: { acquire: () => Promise.resolve({ settle: () => undefined }) } },
    { reuseTokenForMs: 840_000 },
    { reuseTokenForMs: 0.5 },
    { reuseTokenForMs: undefined },
    { logger: {} },
    { logger: console },
  ] satisfies IamAuthOptions[])('of the right type is taken: %j', (options) => {
    expect(resolveOptions(options)).toEqual({ credentialsTimeoutMs: 10_000, ...options });
  });

  it('of a function as endpoint takes what that returns, once it is checked', () => {
    const override = { hostname: 'db' };
    const { endpoint } = resolveOptions({
      endpoint: ({ username }) => (username === 'app' ? override : ({ host: 'db' } as object)),
    });
    const overrideFor = (username: string) =>
      typeof endpoint === 'function' && endpoint({ hostname: 'h', port: 1, username });

    expect(overrideFor('app')).toEqual(override);
    expect(caught(() => overrideFor('other')).message).toMatch(
      /^Unknown option iamAuth\.endpoint\(\)\.host; the known ones are hostname, port, region/,
    );
  });

  it('keeps the methods of a logger or a limiter that are inherited', () => {
    class Inherited {
      debug = undefined;
      warn(): void {
        throw new Error('unused');
      }
      acquire(): Promise<never> {
        return Promise.reject(new Error('unused'));
      }
    }
    const inherited = new Inherited();
    expect(resolveOptions({ logger: inherited, limiter: inherited })).toMatchObject({
      logger: inherited,
      limiter: inherited,
    });
  });
});

describe('an unknown option', () => {
  it.each([
    [
      { regoin: 'x' },
      'Unknown option iamAuth.regoin; the known ones are region, credentials, profile, credentialsTimeoutMs, endpoint, tls, limiter, reuseTokenForMs, logger',
    ],
    [
      { endpoint: { host: 'x' } },
      'Unknown option iamAuth.endpoint.host; the known ones are hostname, port, region',
    ],
    [
      { endpoint: { username: 'x' } },
      'Unknown option iamAuth.endpoint.username; the known ones are hostname, port, region',
    ],
    [
      { tls: { rejectUnauthorized: false } },
      'Unknown option iamAuth.tls.rejectUnauthorized; the known ones are ca',
    ],
    [
      { limiter: { max: 5 } },
      'Unknown option iamAuth.limiter.max; the known ones are limit, key, processes',
    ],
    [{ constructor: 1 }, /^Unknown option iamAuth\.constructor; the known ones are region/],
    [{ toString: undefined }, /^Unknown option iamAuth\.toString; the known ones are region/],
  ])('is refused with the list of the known ones: %j', (options, message) => {
    const error = caught(() => untyped(options));
    expect(error.code).toBe('ERR_IAM_AUTH_OPTIONS');
    if (typeof message === 'string') expect(problemOf(error)).toBe(message);
    else expect(error.message).toMatch(message);
  });
});

it('refuses credentials together with a profile', () => {
  const credentials = { accessKeyId: 'AKID', secretAccessKey: SECRET };
  const error = caught(() => resolveOptions({ credentials, profile: 'x' }));
  expect(error.code).toBe('ERR_IAM_AUTH_OPTIONS');
  expect(error.message).toMatch(/^iamAuth\.credentials and iamAuth\.profile are both set: remove/);
});

it.each([
  { credentials: SECRET },
  { credentials: [SECRET] },
  { credentials: { secretAccessKey: SECRET } },
  { credentials: { accessKeyId: SECRET, secretAccessKey: 5 } },
  { limiter: { key: { secret: SECRET } } },
  [SECRET],
])('shows no credential in a message: %#', (options) => {
  const error = caught(() => untyped(options));
  expect(error.message).not.toContain(SECRET);
  expect(JSON.stringify(error)).not.toContain(SECRET);
});

it('leaves the given options as they were', () => {
  const options = Object.freeze({ limiter: Object.freeze({ limit: 5 }) });
  expect(resolveOptions(options)).toEqual({
    limiter: { limit: 5 },
    credentialsTimeoutMs: 10_000,
  });
});

describe('the flag', () => {
  it.each([undefined, null, false])('%p means no IAM authentication', (flag) => {
    expect(parseFlag(flag)).toBeUndefined();
  });

  it('true means all defaults, and an object is the options', () => {
    const options = { region: 'eu-west-1' };
    expect(parseFlag(true)).toEqual({});
    expect(parseFlag(options)).toBe(options);
  });

  it.each([
    ['yes', '"yes"'],
    [1, '1'],
    [0, '0'],
    ['', '""'],
    [[], 'this object'],
    [() => true, 'this function'],
  ])('%p is refused', (flag, shown) => {
    const error = caught(() => parseFlag(flag));
    expect(error.code).toBe('ERR_IAM_AUTH_OPTIONS');
    expect(problemOf(error)).toBe(
      `iamAuth must be true, false or an object of options, not ${shown}`,
    );
  });
});
