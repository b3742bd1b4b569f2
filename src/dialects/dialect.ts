import type { LoginOutcome } from '../limiter/contract';
import type { CertificateAuthorities } from '../endpoint/trusted-roots';
import type { ConnectTarget, Endpoint } from '../endpoint/endpoint';

/** The options that Sequelize is about to pass to the driver, by the driver's own names: `host`, `user`, `ssl`, … */
export interface DriverConfig {
  readonly options: Readonly<Record<string, unknown>>;
  /** An option's name in Sequelize's options, for messages: `dialectOptions.ssl` in Sequelize 6, `ssl` in Sequelize 7. */
  readonly nameOf: (option: string) => string;
}

/** Changes to a driver's options; `undefined` removes an option. */
export type DriverChanges = Readonly<Record<string, unknown>>;

/** What the driver needs for one login. */
export interface Login {
  /** Returns the token. Call it right before the token is sent: from then on, the server may count the login. */
  readonly takeToken: () => string;
  readonly endpoint: Endpoint;
  readonly connectTarget: ConnectTarget;
  readonly ca: CertificateAuthorities;
}

/** How the driver is configured for one login. */
export interface LoginOptions {
  readonly changes: DriverChanges;
  /** Removes the token wherever the driver keeps it. Called when the login has ended, with the connection if it succeeded. */
  readonly forget?: (connection?: unknown) => void;
}

/** What the package knows about one engine's driver. The only place with the driver's option names. */
export interface Dialect {
  /** Sequelize's name for the dialect. */
  readonly name: 'mysql' | 'mariadb' | 'postgres';
  readonly defaultPort: number;
  /** The driver's option for the login timeout, in milliseconds. */
  readonly timeoutOption: 'connectTimeout' | 'connectionTimeoutMillis';
  /** Returns a warning for a driver that works only in part. Throws `ERR_IAM_AUTH_UNSUPPORTED` for one that does not work. */
  checkDriver?(driver: unknown): string | undefined;
  /** Throws an `IamAuthError` for settings that contradict IAM authentication or would leak the token. */
  check(config: DriverConfig): void;
  loginOptions(config: DriverConfig, login: Login): LoginOptions;
  /** The outcome of a login that ended with this error of Sequelize's. */
  classifyError(error: unknown): LoginOutcome;
}
