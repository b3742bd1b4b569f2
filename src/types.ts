import type { SecureContextOptions } from 'node:tls';
import type { SignerConfig } from '@aws-sdk/rds-signer';
import type { ConnectionLimiter, LimiterOptions } from './limiter/contract';

/** What an authentication token is signed for; the words are the AWS SDK's `SignerConfig`. */
export interface Endpoint {
  readonly hostname: string;
  readonly port: number;
  readonly username: string;
  readonly region: string;
}

/** Where Sequelize would connect, and as whom. */
export type ConnectTarget = Omit<Endpoint, 'region'>;

/** The parts of an endpoint that differ from what is dialed. The user name cannot: a token for another user is never accepted. */
export interface EndpointOverride {
  hostname?: string | undefined;
  port?: number | undefined;
  region?: string | undefined;
}

export interface IamAuthLogger {
  /** One line for each token signed or reused and each login that ended. */
  debug?: ((message: string) => void) | undefined;
  /** Pool settings that defeat the rate limit. */
  warn?: ((message: string) => void) | undefined;
}

export type AwsCredentials = NonNullable<SignerConfig['credentials']>;

/** Trusted roots in PEM, as Node's `tls.createSecureContext` takes them. */
export type CertificateAuthorities = NonNullable<SecureContextOptions['ca']>;

/** All optional: `{}` or `true` is right for an RDS endpoint and the AWS SDK's usual credentials. */
export interface IamAuthOptions {
  /** The database's Region. Default: parsed from the host name, else what the AWS SDK's configuration says. */
  region?: string | undefined;
  /** Credentials, or a provider of them. Default: the AWS SDK's default provider chain, one for the whole process. */
  credentials?: AwsCredentials | undefined;
  /** The profile that the default provider chain reads. Default: `AWS_PROFILE`, else `default`. */
  profile?: string | undefined;
  /** How long a connection waits for credentials, in milliseconds. Default 10,000. */
  credentialsTimeoutMs?: number | undefined;
  /**
   * What to sign for and verify when it is not what Sequelize dials: behind a tunnel, a port forward or a custom name.
   * `port` defaults to the dialed one; for a loopback address, which is a tunnel, to the engine's default port.
   */
  endpoint?: EndpointOverride | ((dialed: ConnectTarget) => EndpointOverride) | undefined;
  /** Trusted roots instead of the bundled ones of the Region; `dialectOptions.ssl.ca` does the same. */
  tls?: { ca?: CertificateAuthorities | undefined } | undefined;
  /**
   * New connections per second, counted per endpoint. Default `{ limit: 19 }`.
   * `false` removes the limit (repeated failures still back off); another `ConnectionLimiter` replaces it.
   */
  limiter?: LimiterOptions | ConnectionLimiter | false | undefined;
  /**
   * For at most how many milliseconds new connections may share a token; above 0, at most 840,000, which is 14 of a token's 15 minutes.
   * A token is not reused in the last minute of the credentials that signed it, with other credentials, or once it was denied.
   * Default: each connection signs its own.
   */
  reuseTokenForMs?: number | undefined;
  /** Default: warnings go to `process.emitWarning`, the rest nowhere. */
  logger?: IamAuthLogger | undefined;
}

/** Counts since the instance was given IAM authentication. */
export interface IamAuthStats {
  /** Connections waiting for credentials or a slot now. */
  readonly waiting: number;
  /** Logins under way now. */
  readonly connecting: number;
  readonly accepted: number;
  readonly denied: number;
  /** Logins that broke or timed out. */
  readonly failed: number;
  /** Connections not opened because no query waited for them any more. */
  readonly notNeeded: number;
}

/** IAM authentication on one Sequelize instance. */
export interface IamAuth {
  readonly stats: IamAuthStats;
  /** Takes IAM authentication off the instance again. Open connections stay; waiting ones fail with `ERR_IAM_AUTH_CLOSED`. */
  remove: () => void;
}

/**
 * The connection config that Sequelize hands to `beforeConnect` and to the dialect's `connect`: in version 6 with `username` and
 * `dialectOptions`, in version 7 flat, with `user` and the driver's other options at the top.
 */
export interface ConnectionConfig {
  host?: string | null | undefined;
  port?: number | string | null | undefined;
  user?: string | null | undefined;
  username?: string | null | undefined;
  password?: unknown;
  ssl?: unknown;
  native?: unknown;
  dialectOptions?: object | null | undefined;
}
