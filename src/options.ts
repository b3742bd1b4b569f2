import { refuseOption } from './errors';
import type { ConnectTarget, EndpointOverride } from './endpoint/endpoint';
import type { ConnectionLimiter, LimiterOptions } from './limiter/contract';
import type { IamAuthLogger } from './logger';
import {
  checkOptions,
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
import type { AwsCredentials } from './token/credential-cache';
import type { CertificateAuthorities } from './endpoint/trusted-roots';
import { MAX_REUSE_MS } from './token/token-cache';

const DEFAULT_CREDENTIALS_TIMEOUT_MS = 10_000;

/** All optional: `{}` or `true` suits an RDS endpoint and the AWS SDK's usual credentials. */
export interface IamAuthOptions {
  /**
   * The database's Region.
   * @default The one in the host name, else the AWS SDK's configuration (`AWS_REGION`, the profile).
   * @example 'eu-west-1'
   */
  region?: string | undefined;
  /**
   * Credentials, or a provider of them.
   * @default The AWS SDK's default provider chain, one for the whole process.
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
   * The longest that a connection waits for credentials, in milliseconds.
   * @default 10_000
   */
  credentialsTimeoutMs?: number | undefined;
  /**
   * The endpoint to sign for and verify, where Sequelize connects to something else: a tunnel, a port forward, a custom name.
   * A function decides for each connection, for example for each replica.
   * `port` defaults to the port that Sequelize connects to; for a loopback address, which is a tunnel, to the engine's default port.
   * @default What Sequelize connects to.
   * @example { hostname: 'mydb.cluster-abc.eu-west-1.rds.amazonaws.com' }
   */
  endpoint?: EndpointOverride | ((target: ConnectTarget) => EndpointOverride) | undefined;
  /**
   * Trusted roots in PEM. `dialectOptions.ssl.ca` does the same; set one of the two.
   * @default The Region's roots, which come with the package.
   * @example { ca: readFileSync('eu-west-1-bundle.pem', 'utf8') }
   */
  tls?: { ca?: CertificateAuthorities | undefined } | undefined;
  /**
   * New connections per second, counted for each endpoint. `false` removes the limit, but repeated failures still back off.
   * Another `ConnectionLimiter` replaces it, such as that of `createRedisLimiter`.
   * @default { limit: 19 }
   * @example { processes: 4 }
   */
  limiter?: LimiterOptions | ConnectionLimiter | false | undefined;
  /**
   * How long new connections may share a token, in milliseconds: above 0 and at most 840,000, which is 14 of a token's 15 minutes.
   * A token is not reused in the last minute of the credentials that signed it, with other credentials, or after a denied login.
   * @default Each connection signs its own token.
   * @example 600_000
   */
  reuseTokenForMs?: number | undefined;
  /**
   * Receives warnings, and a line for each login.
   * @default Warnings go to `process.emitWarning`, the rest nowhere.
   * @example console
   */
  logger?: IamAuthLogger | undefined;
}

/** Checked options with their defaults. */
export type ResolvedOptions = Omit<IamAuthOptions, 'endpoint'> & {
  readonly credentialsTimeoutMs: number;
  /** As given; what a function returns is checked. */
  readonly endpoint?: EndpointOverride | ((target: ConnectTarget) => EndpointOverride) | undefined;
};

const credentials: Rule = {
  expected: 'an AWS credential identity (accessKeyId, secretAccessKey) or a provider function',
  accepts: (value) =>
    isFunction(value) ||
    ['accessKeyId', 'secretAccessKey'].every(
      (name) => typeof Reflect.get(Object(value), name) === 'string',
    ),
  isSecret: true,
};

const ca: Rule = {
  expected: 'certificates in PEM (the text itself, not a path), or an array of them',
  accepts: (value) => {
    const items = [value].flat();
    return (
      items.length > 0 &&
      items.every((item) => String(item).includes('-----BEGIN CERTIFICATE-----'))
    );
  },
  isSecret: true,
};

const reuse: Rule = {
  expected: `a number above 0 and at most ${MAX_REUSE_MS}, a token's 15 minutes less one for the login (leave it out to sign for each connection)`,
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
    (value) => value === false || isFunction(Reflect.get(Object(value), 'acquire')),
  ),
  reuseTokenForMs: reuse,
  logger,
};

/** The value of the flag: `true` means all defaults, `false` and absence mean no IAM authentication. */
export function parseFlag(flag: unknown): IamAuthOptions | undefined {
  if (flag === undefined || flag === null || flag === false) return undefined;
  if (flag === true) return {};
  if (typeof flag === 'object' && !Array.isArray(flag)) return flag;
  return refuseOption(
    `iamAuth must be true, false or an object of options, not ${show(flag)}`,
    'set iamAuth to true, or to an object of options',
  );
}

/** Throws `ERR_IAM_AUTH_OPTIONS`, naming the option and the remedy, unless every option is known and of its type. */
export function resolveOptions(options: IamAuthOptions): ResolvedOptions {
  checkOptions(options, 'iamAuth', rules);
  if (options.credentials !== undefined && options.profile !== undefined) {
    refuseOption(
      'iamAuth.credentials and iamAuth.profile are both set',
      'remove one, profile is for the default provider chain',
    );
  }
  const { endpoint, credentialsTimeoutMs = DEFAULT_CREDENTIALS_TIMEOUT_MS } = options;
  return {
    ...options,
    ...(typeof endpoint === 'function' && {
      endpoint: (target) => checkedOverride(endpoint(target)),
    }),
    credentialsTimeoutMs,
  };
}

/** What the user's `endpoint` function returned. */
function checkedOverride(value: EndpointOverride): EndpointOverride {
  if (value instanceof Promise) {
    refuseOption(
      'iamAuth.endpoint must return an object, not a promise',
      'give a function that is not async as iamAuth.endpoint',
    );
  }
  checkOptions(value, 'iamAuth.endpoint()', endpointRules);
  return value;
}

function isFunction(value: unknown): boolean {
  return typeof value === 'function';
}
