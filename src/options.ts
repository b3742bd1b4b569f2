import { IamAuthError } from './errors';
import type { ConnectionLimiter } from './limiter/contract';
import { MAX_REUSE_MS } from './token-lifetime';
import type { EndpointOverride, IamAuthOptions } from './types';

const DEFAULT_CREDENTIALS_TIMEOUT_MS = 10_000;

/** Checked options with their defaults. */
export type ResolvedOptions = IamAuthOptions & { readonly credentialsTimeoutMs: number };

type Check = (value: unknown) => string | undefined;
type Checks = Readonly<Record<string, Check>>;

const limiterChecks: Checks = { limit: isPositive, key: isText, processes: isCount };
const endpointChecks: Checks = { hostname: isText, port: isPort, region: isText };
const checks: Checks = {
  region: isText,
  credentials: isCredentials,
  profile: isText,
  credentialsTimeoutMs: isPositive,
  endpoint: (value) =>
    typeof value === 'function' ? undefined : isObject(value, 'iamAuth.endpoint', endpointChecks),
  tls: (value) => isObject(value, 'iamAuth.tls', { ca: isCa }),
  limiter: (value) =>
    value === false || isLimiter(value)
      ? undefined
      : isObject(value, 'iamAuth.limiter', limiterChecks),
  reuseTokenForMs: isReuse,
  logger: isLogger,
};

const redisLimiterChecks: Checks = {
  limit: isPositive,
  key: isText,
  keyPrefix: isText,
  processes: isCount,
  logger: isLogger,
};

/** The value of the flag: `true` means all defaults, `false` and absence mean no IAM authentication. */
export function parseFlag(flag: unknown): IamAuthOptions | undefined {
  if (flag === undefined || flag === null || flag === false) return undefined;
  if (flag === true) return {};
  if (typeof flag === 'object' && !Array.isArray(flag)) return flag;
  return refuse(
    `iamAuth must be true, false or an object of options, not ${show(flag)}`,
    'set iamAuth to true, or to an object of options',
  );
}

/** Throws `ERR_IAM_AUTH_OPTIONS`, naming the option and the remedy, unless every option is known and of its type. */
export function resolveOptions(options: IamAuthOptions): ResolvedOptions {
  const problem = isObject(options, 'iamAuth', checks);
  if (problem !== undefined) refuseType('iamAuth', problem, show(options));
  if (options.credentials !== undefined && options.profile !== undefined) {
    refuse(
      'iamAuth.credentials and iamAuth.profile are both set',
      'remove one, profile is for the default provider chain',
    );
  }
  return {
    ...options,
    credentialsTimeoutMs: options.credentialsTimeoutMs ?? DEFAULT_CREDENTIALS_TIMEOUT_MS,
  };
}

/** What the user's `endpoint` function returned, if it is an override. Throws `ERR_IAM_AUTH_OPTIONS`. */
export function checkedOverride(value: EndpointOverride): EndpointOverride {
  if (value instanceof Promise) {
    refuse(
      'iamAuth.endpoint must return an object, not a promise',
      'give a function that is not async as iamAuth.endpoint',
    );
  }
  const problem = isObject(value, 'iamAuth.endpoint()', endpointChecks);
  if (problem !== undefined) {
    refuse(
      `iamAuth.endpoint must return ${problem}, not ${show(value)}`,
      'correct what iamAuth.endpoint returns',
    );
  }
  return value;
}

/** Throws `ERR_IAM_AUTH_OPTIONS` unless every option of `createRedisLimiter` is known and of its type. */
export function checkRedisLimiterOptions(options: unknown): void {
  const problem = isObject(options, 'createRedisLimiter', redisLimiterChecks);
  if (problem !== undefined) refuseType('createRedisLimiter options', problem, show(options));
}

function isLimiter(value: unknown): value is ConnectionLimiter {
  return (
    typeof value === 'object' &&
    value !== null &&
    'acquire' in value &&
    typeof value.acquire === 'function'
  );
}

/** What `value` should have been; throws about its first unknown or wrong property. */
function isObject(value: unknown, name: string, known: Checks | undefined): string | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'an object';
  if (known === undefined) return undefined;
  for (const [key, member] of Object.entries(value)) {
    const check = Object.hasOwn(known, key) ? known[key] : undefined;
    if (check === undefined) {
      refuse(
        `Unknown option ${name}.${key}; the known ones are ${Object.keys(known).join(', ')}`,
        `correct or remove ${name}.${key}`,
      );
    }
    const expected = member === undefined ? undefined : check(member);
    if (expected !== undefined) refuseType(`${name}.${key}`, expected, show(member, key));
  }
  return undefined;
}

function isText(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? undefined : 'a non-empty string';
}

function isPositive(value: unknown): string | undefined {
  return typeof value === 'number' && value > 0 && value < 2 ** 31
    ? undefined
    : 'a number above 0 and below 2^31';
}

function isReuse(value: unknown): string | undefined {
  return typeof value === 'number' && value > 0 && value <= MAX_REUSE_MS
    ? undefined
    : `a number above 0 and at most ${MAX_REUSE_MS}, a token's 15 minutes less one for the login (leave it out to sign for each connection)`;
}

function isPort(value: unknown): string | undefined {
  return isCount(value) === undefined && Number(value) < 65_536
    ? undefined
    : 'a port, from 1 to 65535';
}

function isCount(value: unknown): string | undefined {
  return Number.isInteger(value) && Number(value) > 0 ? undefined : 'a whole number above 0';
}

function isCa(value: unknown): string | undefined {
  const items: unknown[] = Array.isArray(value) ? value : [value];
  const pem =
    items.length > 0 && items.every((item) => String(item).includes('-----BEGIN CERTIFICATE-----'));
  return pem ? undefined : 'certificates in PEM (the text itself, not a path), or an array of them';
}

function isCredentials(value: unknown): string | undefined {
  if (typeof value === 'function') return undefined;
  const given = Object(value) as Record<string, unknown>;
  return typeof given.accessKeyId === 'string' && typeof given.secretAccessKey === 'string'
    ? undefined
    : 'an AWS credential identity (accessKeyId, secretAccessKey) or a provider function';
}

function isLogger(value: unknown): string | undefined {
  return (
    isObject(value, 'logger', undefined) ??
    (['debug', 'warn'].every((name) => isOptionalFunction(Reflect.get(Object(value), name)))
      ? undefined
      : 'an object whose debug and warn, where present, are functions')
  );
}

function isOptionalFunction(value: unknown): boolean {
  return value === undefined || typeof value === 'function';
}

/** The value as a person would recognise it; credentials never, whatever their shape. */
function show(value: unknown, option?: string): string {
  if (option === 'credentials' || option === 'ca') return `this ${typeof value}`;
  if (typeof value === 'string') return JSON.stringify(value);
  return typeof value === 'number' || typeof value === 'boolean' || value === null
    ? String(value)
    : `this ${typeof value}`;
}

function refuseType(name: string, expected: string, given: string): never {
  refuse(`${name} must be ${expected}, not ${given}`, `correct ${name}`);
}

function refuse(problem: string, fix: string): never {
  throw new IamAuthError('ERR_IAM_AUTH_OPTIONS', problem, { fix });
}
