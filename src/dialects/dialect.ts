import type { Outcome } from '../limiter/contract';
import type { CertificateAuthorities, ConnectionConfig, DialedEndpoint, Endpoint } from '../types';

/** All that one login hands to the driver. */
export interface Login {
  readonly token: string;
  readonly endpoint: Endpoint;
  readonly dialed: DialedEndpoint;
  readonly ca: CertificateAuthorities;
}

/** What the package needs to know about one engine's driver, and the only place that knows the driver's option names. */
export interface Dialect {
  readonly defaultPort: number;
  /** Throws `IamAuthError` about settings that contradict IAM authentication or would leak the token. */
  check(config: ConnectionConfig): void;
  /** Where the driver will connect, and as whom, `dialectOptions` included. Throws when no user is named. */
  dialed(config: ConnectionConfig): DialedEndpoint;
  /** The user's own trusted roots in the driver's options. */
  ca(config: ConnectionConfig): CertificateAuthorities | undefined;
  /** The longest that the driver lets a login take, in milliseconds. */
  connectTimeoutMs(config: ConnectionConfig): number;
  /** Puts the login into the config that the driver is about to read; the returned function takes it out again. */
  apply(config: ConnectionConfig, login: Login): () => void;
  /** How a login that ended with this error of Sequelize's ended. */
  outcomeOf(error: unknown): Outcome;
}
