import type { LoginOutcome } from '../limiter/contract';
import type { CertificateAuthorities } from '../endpoint/trusted-roots';
import type { ConnectTarget, Endpoint } from '../endpoint/endpoint';

/** The options that a driver is about to be given, flat and in the driver's own words: `host`, `user`, `ssl`, … */
export interface DriverConfig {
  readonly options: Readonly<Record<string, unknown>>;
  /** How the user writes one of them, for messages: `dialectOptions.ssl` in Sequelize 6, `ssl` in Sequelize 7. */
  readonly nameOf: (option: string) => string;
}

/** Changes to a driver's options; `undefined` takes an option away. */
export type DriverChanges = Readonly<Record<string, unknown>>;

/** All that one login hands to the driver. */
export interface Login {
  /** The token, at the moment at which it is sent: from then on the server may count the login. */
  readonly takeToken: () => string;
  readonly endpoint: Endpoint;
  readonly connectTarget: ConnectTarget;
  readonly ca: CertificateAuthorities;
}

/** How one login is put to the driver. */
export interface LoginOptions {
  readonly changes: DriverChanges;
  /** Takes the token from wherever the driver keeps it; called when the login has ended, with the connection where it succeeded. */
  readonly forget?: (connection?: unknown) => void;
}

/** What the package needs to know about one engine's driver, and the only place that knows the driver's option names. */
export interface Dialect {
  /** Sequelize's name for it. */
  readonly name: 'mysql' | 'mariadb' | 'postgres';
  readonly defaultPort: number;
  /** The driver's option for the longest that a login may take, in milliseconds. */
  readonly timeoutOption: 'connectTimeout' | 'connectionTimeoutMillis';
  /** What the user must know of a driver that works in part; throws `ERR_IAM_AUTH_UNSUPPORTED` for one that does not work. */
  checkDriver?(driver: unknown): string | undefined;
  /** Throws `IamAuthError` about settings that contradict IAM authentication or would leak the token. */
  check(config: DriverConfig): void;
  loginOptions(config: DriverConfig, login: Login): LoginOptions;
  /** How a login that ended with this error of Sequelize's ended. */
  classifyError(error: unknown): LoginOutcome;
}
