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
interface SequelizeLike {
  authenticate(...options: never[]): Promise<void>;
  close(): Promise<void>;
}
type CheckId =
  | 'config'
  | 'credentials'
  | 'region'
  | 'endpoint'
  | 'dns'
  | 'tcp'
  | 'tls'
  | 'auth-method'
  | 'clock'
  | 'login'
  | 'pool';
type CheckStatus = 'pass' | 'warn' | 'fail' | 'skip';
interface PossibleCause {
  readonly id: string;
  readonly cause: string;
  readonly fix: string;
  readonly evidence: string;
}
interface CheckResult {
  readonly id: CheckId;
  readonly status: CheckStatus;
  readonly summary: string;
  readonly fix?: string;
  readonly host?: string;
  readonly possibleCauses?: readonly PossibleCause[];
}
interface DoctorReport {
  readonly ok: boolean;
  readonly results: readonly CheckResult[];
  readonly verdict: string;
}
interface DoctorOptions {
  cwd?: string | undefined;
  sequelizeOptions?: object | undefined;
  sequelize?: SequelizeLike | undefined;
  config?: string | undefined;
  env?: string | undefined;
  iamAuth?: IamAuthOptions | undefined;
  onResult?: ((result: CheckResult) => void) | undefined;
}
declare function runDoctor(options?: DoctorOptions): Promise<DoctorReport>;
export { runDoctor };
export type { CheckId, CheckResult, CheckStatus, DoctorOptions, DoctorReport, PossibleCause };
