import { types } from 'node:util';
import { refuseOption } from './errors';
import type { ConnectTarget, EndpointOverride } from './endpoint/endpoint';
import type { ConnectionLimiter, LimiterOptions } from './limiter/contract';
import type { IamAuthLogger } from './logger';
import {
  checkedOptions,
  count,
  logger,
  objectOf,
  port,
  positive,
  show,
  text,
  type Rule,
  type Rules,
} from './option-rules';
import type { AwsCredentials } from './token/credential-identity';
import type { CertificateAuthorities } from './endpoint/trusted-roots';
import { MAX_REUSE_MS } from './token/token-cache';
import { attempt, ownCopy, propertyOf } from './untrusted';

const DEFAULT_CREDENTIALS_TIMEOUT_MS = 10_000;

/** The options of IAM authentication, all optional. `{}` or `true` suits an RDS endpoint and the AWS SDK's default credentials. */
export interface IamAuthOptions {
  /**
   * The database's Region.
   * @default The Region in the host name, else the AWS SDK's configuration (`AWS_REGION`, the profile).
   * @example 'eu-west-1'
   */
  region?: string | undefined;
  /**
   * AWS credentials, or a provider of them. Cannot be combined with `profile`.
   * @default The AWS SDK's default provider chain, shared by the whole process.
   * @example fromTemporaryCredentials({ params: { RoleArn: 'arn:aws:iam::123456789012:role/app' } })
   */
  credentials?: AwsCredentials | undefined;
  /**
   * The profile that the default provider chain reads.
   * @default `AWS_PROFILE`, else `default`
   * @example 'staging'
   */
  profile?: string | undefined;
  /**
   * The longest that a request for credentials may take, in milliseconds. After a failed one, the next waits for up to a second.
   * @default 10_000
   * @example 30_000
   */
  credentialsTimeoutMs?: number | undefined;
  /**
   * The RDS endpoint, if Sequelize connects to something else: a tunnel, a port forward, a custom name. The package signs the token
   * for it and verifies the server's certificate against its name.
   * A function chooses per connection, for example per replica; it must be synchronous.
   * `port` defaults to the port that Sequelize connects to. Behind a loopback address, which means a tunnel, it defaults to the
   * engine's default port, 3306 or 5432.
   * @default The host and port that Sequelize connects to.
   * @example { hostname: 'mydb.cluster-abc.eu-west-1.rds.amazonaws.com' }
   */
  endpoint?: EndpointOverride | ((target: ConnectTarget) => EndpointOverride) | undefined;
  /**
   * Trusted root certificates in PEM. `dialectOptions.ssl.ca` does the same; set only one of the two.
   * @default The Region's roots, which are bundled with the package.
   * @example { ca: readFileSync('eu-west-1-bundle.pem', 'utf8') }
   */
  tls?: { ca?: CertificateAuthorities | undefined } | undefined;
  /**
   * Limits new connections per second and endpoint. `false` removes the limit; repeated failures still back off.
   * A `ConnectionLimiter`, such as the one from `createRedisLimiter`, replaces the built-in limiter.
   * @default { limit: 19 }
   * @example { processes: 4 }
   */
  limiter?: LimiterOptions | ConnectionLimiter | false | undefined;
  /**
   * How long new connections may share a token, in milliseconds: above 0 and at most 840,000, which is 14 of the 15 minutes for
   * which a token is valid (https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.IAMDBAuth.html).
   * A token is not reused with other credentials, in the last minute of its own credentials, or after a denied login.
   * @default Every connection signs its own token.
   * @example 600_000
   */
  reuseTokenForMs?: number | undefined;
  /**
   * Receives warnings, and debug lines for each login.
   * @default Warnings go to `process.emitWarning`; debug lines are dropped.
   * @example console
   */
  logger?: IamAuthLogger | undefined;
}

/** Checked options with their defaults. An `endpoint` function checks what it returns. */
export type ResolvedOptions = IamAuthOptions & { readonly credentialsTimeoutMs: number };

const credentials: Rule = {
  expected: 'an AWS credential identity (accessKeyId, secretAccessKey) or a provider function',
  accepts: (value) =>
    isFunction(value) ||
    ['accessKeyId', 'secretAccessKey'].every((name) => typeof propertyOf(value, name) === 'string'),
  isSecret: true,
};

const ca: Rule = {
  expected: 'certificates in PEM (the text itself, not a path), or an array of them',
  accepts: (value) => {
    const items = [value].flat();
    return items.length > 0 && items.every((item) => isPem(item));
  },
  isSecret: true,
};

const reuse: Rule = {
  expected: `a number above 0 and at most ${MAX_REUSE_MS}, which is 14 of a token's 15 minutes (leave it out to sign a token for each connection)`,
  accepts: (value) => typeof value === 'number' && value > 0 && value <= MAX_REUSE_MS,
};

const endpointRules: Rules = { hostname: text, port, region: text };

const rules: Rules = {
  region: text,
  credentials,
  profile: text,
  credentialsTimeoutMs: positive,
  endpoint: objectOf(endpointRules, isFunction),
  tls: objectOf({ ca }),
  limiter: objectOf(
    { limit: positive, key: text, processes: count },
    (value) => value === false || isFunction(propertyOf(value, 'acquire')),
  ),
  reuseTokenForMs: reuse,
  logger,
};

/** Reads the flag `iamAuth`. `true` means all defaults; `false`, `null` and `undefined` mean no IAM authentication. */
export function parseFlag(flag: unknown): IamAuthOptions | undefined {
  if (flag === undefined || flag === null || flag === false) return undefined;
  if (flag === true) return {};
  if (typeof flag === 'object' && attempt(() => Array.isArray(flag)) === false) return flag;
  return refuseOption(
    `iamAuth must be true, false or an object of options, not ${show(flag)}`,
    'set iamAuth to true, or to an object of options',
  );
}

/**
 * Returns a checked copy of the options, with defaults. Throws `ERR_IAM_AUTH_OPTIONS`, naming the option and the fix.
 */
export function resolveOptions(given: IamAuthOptions): ResolvedOptions {
  const options = checkedOptions(given, 'iamAuth', rules);
  if (options.credentials !== undefined && options.profile !== undefined) {
    refuseOption(
      'iamAuth.credentials and iamAuth.profile are both set',
      'remove one of them (profile applies only to the default provider chain)',
    );
  }
  const { endpoint, credentialsTimeoutMs = DEFAULT_CREDENTIALS_TIMEOUT_MS } = options;
  return ownCopy({
    ...options,
    ...(typeof endpoint === 'function' && {
      endpoint: (target: ConnectTarget) => checkedOverride(endpoint(target)),
    }),
    credentialsTimeoutMs,
  });
}

/** A checked copy of what the user's `endpoint` function returned. */
function checkedOverride(value: EndpointOverride): EndpointOverride {
  if (isFunction(propertyOf(value, 'then'))) {
    refuseOption(
      'iamAuth.endpoint must return an object, not a promise',
      'make the function iamAuth.endpoint synchronous',
    );
  }
  return checkedOptions(value, 'iamAuth.endpoint()', endpointRules);
}

function isFunction(value: unknown): boolean {
  return typeof value === 'function';
}

function isPem(value: unknown): boolean {
  const pem = types.isUint8Array(value) ? new TextDecoder('latin1').decode(value) : value;
  return typeof pem === 'string' && pem.includes('-----BEGIN CERTIFICATE-----');
}
