import { SignerConfig } from '@aws-sdk/rds-signer';
import { SecureContextOptions } from 'node:tls';
interface LimiterOptions {
  limit?: number | undefined;
  key?: string | undefined;
  processes?: number | undefined;
}
type LoginOutcome = 'accepted' | 'denied' | 'failed' | 'timeout' | 'notNeeded';
interface LoginSlot {
  settle(outcome: LoginOutcome): void;
}
interface LoginSlotRequest {
  readonly key: string;
  readonly leaseMs: number;
  readonly isNeeded?: (() => boolean) | undefined;
  readonly signal?: AbortSignal | undefined;
}
interface ConnectionLimiter {
  acquire(request: LoginSlotRequest): Promise<LoginSlot>;
  slotsFree?(key: string): number | undefined;
}
interface BackoffState {
  readonly failures: number;
  readonly delayMs: number;
}
interface IamAuthLogger {
  debug?: ((message: string) => void) | undefined;
  warn?: ((message: string) => void) | undefined;
  warning?: ((message: string) => void) | undefined;
}
interface Endpoint {
  readonly hostname: string;
  readonly port: number;
  readonly username: string;
  readonly region: string;
}
type ConnectTarget = Omit<Endpoint, 'region'>;
interface EndpointOverride {
  hostname?: string | undefined;
  port?: number | undefined;
  region?: string | undefined;
}
type AwsCredentials = NonNullable<SignerConfig['credentials']>;
type CertificateAuthorities = NonNullable<SecureContextOptions['ca']>;
interface IamAuthOptions {
  region?: string | undefined;
  credentials?: AwsCredentials | undefined;
  profile?: string | undefined;
  credentialsTimeoutMs?: number | undefined;
  endpoint?: EndpointOverride | ((target: ConnectTarget) => EndpointOverride) | undefined;
  tls?:
    | {
        ca?: CertificateAuthorities | undefined;
      }
    | undefined;
  limiter?: LimiterOptions | ConnectionLimiter | false | undefined;
  reuseTokenForMs?: number | undefined;
  logger?: IamAuthLogger | undefined;
}
interface ObservedEndpoint {
  readonly hostname: string;
  readonly port: number;
  readonly region: string;
}
interface ObservedTarget {
  readonly endpoint: ObservedEndpoint;
  readonly dialect: 'mysql' | 'mariadb' | 'postgres';
}
interface BackoffMessage extends ObservedTarget {
  readonly failures: number;
  readonly delayMs: number;
  readonly errorCode?: string | undefined;
}
interface NotNeededMessage extends ObservedTarget {
  readonly waitedMs: number;
}
interface CredentialsMessage {
  readonly outcome: 'refreshed' | 'failed' | 'timeout';
  readonly durationMs: number;
  readonly expiresInMs?: number | undefined;
  readonly errorCode?: string | undefined;
}
interface RedisMessage {
  readonly state: 'lost' | 'found';
  readonly key: string;
  readonly lostForMs: number;
  readonly errorCode?: string | undefined;
}
interface CredentialsState {
  readonly ageMs: number;
  readonly expiresInMs?: number;
}
interface IamAuthStats {
  readonly waiting: number;
  readonly connecting: number;
  readonly accepted: number;
  readonly denied: number;
  readonly failed: number;
  readonly notNeeded: number;
  readonly loginsInLastSecond: number;
  readonly endpoints: readonly EndpointStats[];
  readonly credentials?: CredentialsState | undefined;
}
interface EndpointStats extends ObservedEndpoint {
  readonly slotsFree?: number | undefined;
  readonly backoff?: BackoffState | undefined;
}
interface IamAuth {
  readonly stats: IamAuthStats;
  remove: () => void;
}
interface SequelizeLike {
  authenticate(...options: never[]): Promise<void>;
  close(): Promise<void>;
}
declare function addIamAuth(sequelize: SequelizeLike, options?: IamAuthOptions): IamAuth;
interface PoolPreset {
  max: number;
  min: number;
  acquire: number;
  idle: number;
}
interface PoolPresetOptions {
  processes?: number | undefined;
  limit?: number | undefined;
}
declare function poolPreset(options?: PoolPresetOptions): PoolPreset;
type IamAuthErrorCode =
  | 'ERR_IAM_AUTH_OPTIONS'
  | 'ERR_IAM_AUTH_UNSUPPORTED'
  | 'ERR_IAM_AUTH_ENDPOINT'
  | 'ERR_IAM_AUTH_REGION'
  | 'ERR_IAM_AUTH_CREDENTIALS'
  | 'ERR_IAM_AUTH_TOKEN'
  | 'ERR_IAM_AUTH_TLS'
  | 'ERR_IAM_AUTH_METHOD'
  | 'ERR_IAM_AUTH_TIMEOUT'
  | 'ERR_IAM_AUTH_HOOK_ORDER'
  | 'ERR_IAM_AUTH_CLOSED'
  | 'ERR_IAM_AUTH_NOT_NEEDED';
interface IamAuthErrorOptions extends ErrorOptions {
  fix?: string | undefined;
  endpoint?: string | undefined;
}
declare class IamAuthError extends Error {
  readonly name = 'IamAuthError';
  readonly code: IamAuthErrorCode;
  readonly fix?: string;
  readonly endpoint?: string;
  constructor(code: IamAuthErrorCode, problem: string, options?: IamAuthErrorOptions);
}
interface ErrorExplanation {
  readonly code: string;
  readonly cause: string;
  readonly fix: string;
}
declare function explainError(error: unknown): ErrorExplanation;
interface SequelizeClass7 {
  readonly hooks: {
    addListener(type: 'beforeInit', listener: (options: object) => void): unknown;
    addListener(type: 'afterInit', listener: (sequelize: SequelizeLike) => void): unknown;
    removeListener(type: 'beforeInit' | 'afterInit', listener: (target: never) => void): unknown;
  };
}
interface SequelizeClass6 {
  addHook(type: 'afterInit', hook: (sequelize: SequelizeLike) => void): unknown;
  removeHook(type: 'afterInit', hook: never): unknown;
}
type SequelizeClass = SequelizeClass6 | SequelizeClass7;
interface IamAuthRegistration {
  readonly remove: () => void;
}
declare function registerIamAuth(
  Sequelize: SequelizeClass,
  defaults?: IamAuthOptions,
): IamAuthRegistration;
interface LoginContext extends ObservedTarget {
  readonly credentialsWaitMs: number;
  readonly backoffWaitMs: number;
  readonly slotWaitMs: number;
  readonly signingMs: number;
  readonly loginMs: number;
  readonly outcome?: LoginOutcome | 'notAdmitted';
  readonly error?: unknown;
}
interface IamAuthFlag {
  iamAuth?: boolean | IamAuthOptions | null | undefined;
}
declare function withIamAuth<
  Dialect extends string,
  T extends object & {
    dialect?: Dialect | object;
  },
>(options: T & IamAuthFlag): Omit<T, 'iamAuth'>;
export { IamAuthError, addIamAuth, explainError, poolPreset, registerIamAuth, withIamAuth };
export type {
  AwsCredentials,
  BackoffMessage,
  BackoffState,
  CertificateAuthorities,
  ConnectTarget,
  ConnectionLimiter,
  CredentialsMessage,
  CredentialsState,
  EndpointOverride,
  EndpointStats,
  ErrorExplanation,
  IamAuth,
  IamAuthErrorCode,
  IamAuthFlag,
  IamAuthLogger,
  IamAuthOptions,
  IamAuthRegistration,
  IamAuthStats,
  LimiterOptions,
  LoginContext,
  LoginOutcome,
  LoginSlot,
  LoginSlotRequest,
  NotNeededMessage,
  ObservedEndpoint,
  ObservedTarget,
  PoolPreset,
  PoolPresetOptions,
  RedisMessage,
  SequelizeClass,
  SequelizeLike,
};
