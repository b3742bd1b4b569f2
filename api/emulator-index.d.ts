interface IssuedCertificate {
  readonly certPem: string;
  readonly keyPem: string;
}
interface CertificateRequest {
  readonly names: readonly string[];
  readonly notBefore?: Date;
  readonly notAfter?: Date;
  readonly selfSigned?: boolean;
}
interface Authority {
  readonly caPem: string;
  issue(request: CertificateRequest): Promise<IssuedCertificate>;
}
declare function createAuthority(
  name?: string,
  period?: Pick<CertificateRequest, 'notBefore' | 'notAfter'>,
): Promise<Authority>;
type AttemptOutcome = 'accepted' | 'denied' | 'throttled' | 'refused' | 'failed' | 'open';
type EngineName = 'mysql' | 'postgres';
interface Attempt {
  readonly engine: EngineName;
  readonly acceptedAt: number;
  readonly tokenAt?: number;
  readonly endedAt?: number;
  readonly username?: string;
  readonly outcome: AttemptOutcome;
  readonly reason?: string;
  readonly detail?: string;
  readonly tlsEstablished: boolean;
  readonly servername?: string;
}
declare function peakPerSecond(attempts: readonly Pick<Attempt, 'tokenAt'>[]): number;
declare function countBy(
  attempts: readonly Attempt[],
  property: 'outcome' | 'reason' | 'username',
): Record<string, number>;
type CertificateFault = 'expired' | 'wrong-host' | 'self-signed' | 'other-root';
type FaultyCertificates = Readonly<Partial<Record<CertificateFault, IssuedCertificate>>>;
declare function issueFaultyCertificates(
  authority: Authority,
  names: readonly string[],
): Promise<Readonly<Record<CertificateFault, IssuedCertificate>>>;
type OneOrMany = string | readonly string[];
interface PolicyStatement {
  readonly Sid?: string;
  readonly Effect: 'Allow' | 'Deny';
  readonly Action?: OneOrMany;
  readonly NotAction?: OneOrMany;
  readonly Resource?: OneOrMany;
  readonly NotResource?: OneOrMany;
}
interface PolicyDocument {
  readonly Version?: '2012-10-17' | '2008-10-17';
  readonly Id?: string;
  readonly Statement: PolicyStatement | readonly PolicyStatement[];
}
interface KnownCredentials {
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  readonly expiresAt?: number;
  readonly users?: readonly string[];
  readonly policies?: readonly PolicyDocument[];
  readonly arn?: string;
}
type CredentialsById = Readonly<Record<string, KnownCredentials>>;
declare class AccessKeys {
  #private;
  constructor(credentials?: CredentialsById);
  add(accessKeyId: string, known: KnownCredentials): void;
  remove(accessKeyId: string): void;
  readonly lookUp: (accessKeyId: string) => KnownCredentials | undefined;
}
interface BackendUser {
  readonly username: string;
  readonly password: string;
}
interface BackendAddress {
  readonly host: string;
  readonly port: number;
}
type LoginStep = 'connect' | 'greeting' | 'startup' | 'tls' | 'token-request' | 'token';
interface LoginFaults {
  readonly delayMs?: number;
  readonly jitterMs?: readonly [min: number, max: number];
  readonly silentAt?: LoginStep;
  readonly resetAt?: LoginStep;
  readonly deny?: boolean | number;
  readonly certificate?: CertificateFault;
  readonly tls?: false;
  readonly maxConnections?: number;
  readonly closeAfterMs?: number;
}
interface Backend extends BackendAddress {
  readonly users: Readonly<Record<string, BackendUser>>;
}
type CredentialsLookUp = (accessKeyId: string) => KnownCredentials | undefined;
interface EmulatedName {
  readonly hostname: string;
  readonly port?: number;
  readonly otherPorts?: readonly number[];
  readonly region: string;
  readonly resourceId?: string;
  readonly account?: string;
}
interface EndpointOptions<Faults extends LoginFaults> {
  readonly backend?: Backend;
  readonly port?: number;
  readonly endpoint: EmulatedName;
  readonly credentials: CredentialsById | CredentialsLookUp;
  readonly tls:
    | (IssuedCertificate & {
        readonly faulty?: FaultyCertificates;
      })
    | false;
  readonly limit?: number;
  readonly faults?: Faults;
  readonly loginTimeoutMs?: number;
  readonly maxConnections?: number;
  readonly record?: boolean;
  readonly onAttempt?: (attempt: Attempt) => void;
}
interface Endpoint<Faults extends LoginFaults> {
  readonly host: '127.0.0.1';
  readonly port: number;
  readonly attempts: () => Promise<Attempt[]>;
  readonly setFaults: (faults: Faults) => Promise<void>;
  readonly faults: () => Promise<Partial<LoginFaults>>;
  readonly setLimit: (limit?: number) => Promise<void>;
  readonly setClockOffset: (offsetMs: number) => Promise<void>;
  readonly setCredentials: (credentials: CredentialsById | CredentialsLookUp) => Promise<void>;
  readonly setBackend: (backend: Backend) => Promise<void>;
  readonly clear: () => Promise<void>;
  readonly received: () => Promise<string>;
  readonly openConnections: () => Promise<number>;
  readonly killConnections: () => Promise<void>;
  readonly close: () => Promise<void>;
}
interface ErrorPacket {
  readonly code: number;
  readonly sqlState: string;
  readonly message: string;
}
interface MySqlFaults extends LoginFaults {
  readonly plugin?: string;
  readonly cachingSha2FullAuth?: boolean;
  readonly errorPacket?: ErrorPacket;
}
interface MySqlEndpointOptions extends EndpointOptions<MySqlFaults> {
  readonly greeting?: 'mysql_native_password' | 'caching_sha2_password';
}
type MySqlEndpoint = Endpoint<MySqlFaults>;
interface FatalError {
  readonly sqlState: string;
  readonly message: string;
}
interface PostgresFaults extends LoginFaults {
  readonly authMethod?: 'md5' | 'scram-sha-256' | 'gss';
  readonly errorPacket?: FatalError;
}
type PostgresEndpointOptions = EndpointOptions<PostgresFaults>;
type PostgresEndpoint = Endpoint<PostgresFaults>;
interface FailoverRequest {
  readonly backend?: string;
}
type TokenRefusal =
  | 'malformed'
  | 'service'
  | 'region'
  | 'host'
  | 'port'
  | 'user'
  | 'not-yet-valid'
  | 'expired'
  | 'unknown-key'
  | 'session-token'
  | 'signature'
  | 'credentials-expired'
  | 'not-authorized'
  | 'wrong-account';
interface FaultsByEngine {
  readonly mysql: MySqlFaults;
  readonly postgres: PostgresFaults;
}
type AnyEndpointOptions =
  | ({
      readonly engine: 'mysql';
    } & MySqlEndpointOptions)
  | ({
      readonly engine: 'postgres';
    } & PostgresEndpointOptions);
declare function startEndpoint<Options extends AnyEndpointOptions>(
  options: Options,
): Promise<Endpoint<FaultsByEngine[Options['engine']]>>;
interface CredentialFaults {
  readonly status?: number;
  readonly delayMs?: number;
  readonly hang?: boolean;
  readonly garbage?: boolean;
  readonly empty?: boolean;
  readonly expired?: boolean;
  readonly stsErrorCode?: string;
}
interface CredentialRequest {
  readonly action:
    | 'AssumeRole'
    | 'AssumeRoleWithWebIdentity'
    | 'GetCallerIdentity'
    | 'GetRoleCredentials'
    | 'ContainerCredentials'
    | 'InstanceMetadata';
  readonly role?: string;
  readonly proof?: string;
}
interface SessionCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  readonly expiresAt: number;
}
interface RoleOptions {
  readonly arn?: string;
  readonly lifetimeMs: number;
  readonly policies?: readonly PolicyDocument[];
  readonly users?: readonly string[];
  readonly issue?: (expiresAt: number) => SessionCredentials;
}
interface CredentialServicesOptions {
  readonly keys: AccessKeys;
  readonly role?: RoleOptions;
  readonly clock?: () => number;
}
interface CredentialServices {
  readonly origin: string;
  readonly taskCredentialsUrl: string;
  readonly env: Readonly<Record<string, string>>;
  requests(): readonly CredentialRequest[];
  rotate(): void;
  setFaults(faults: CredentialFaults): void;
  close(): Promise<void>;
}
declare function startCredentialServices(
  options: CredentialServicesOptions,
): Promise<CredentialServices>;
type DatabaseKind = 'mariadb' | 'postgres';
type DatabaseProgram =
  | {
      readonly kind: 'local';
      readonly server: string;
      readonly installer: string;
    }
  | {
      readonly kind: 'docker';
      readonly docker: string;
      readonly image: string;
    };
declare function findDatabase(kind: DatabaseKind): DatabaseProgram;
interface PrivateServer {
  readonly port: number;
  readonly stop: () => Promise<void>;
}
interface DatabaseServer extends PrivateServer {
  readonly host: '127.0.0.1';
  readonly username: string;
  readonly password: string;
}
declare function startDatabase(kind: DatabaseKind): Promise<DatabaseServer>;
type BackendEngine = 'mysql' | 'mariadb' | 'postgres';
type EmulatorFaults = MySqlFaults | PostgresFaults;
interface StartEmulatorOptions {
  readonly backend?: string;
  readonly start?: DatabaseKind;
  readonly users: readonly string[];
  readonly hostname?: string;
  readonly region?: string;
  readonly engine?: BackendEngine;
  readonly port?: number;
  readonly limit?: number;
  readonly resourceId?: string;
  readonly account?: string;
  readonly role?:
    | boolean
    | {
        readonly arn?: string;
      };
  readonly credentialsLifetimeMs?: number;
  readonly policies?: readonly PolicyDocument[];
  readonly faults?: EmulatorFaults;
  readonly keep?: boolean;
  readonly onAttempt?: (attempt: Attempt) => void;
}
interface Emulator {
  readonly host: '127.0.0.1';
  readonly port: number;
  readonly hostname: string;
  readonly region: string;
  readonly engine: BackendEngine;
  readonly ca: string;
  readonly caFile: string;
  readonly env: Readonly<Record<string, string>>;
  readonly unset: readonly string[];
  readonly created: readonly string[];
  readonly control: {
    readonly origin: string;
  };
  readonly attempts: () => Promise<Attempt[]>;
  readonly faults: () => Promise<EmulatorFaults>;
  readonly setFaults: (faults: EmulatorFaults) => Promise<void>;
  readonly setLimit: (limit?: number) => Promise<void>;
  readonly setClockOffset: (offsetMs: number) => Promise<void>;
  readonly rotateCredentials: () => void;
  readonly setCredentialFaults: (faults: CredentialFaults) => void;
  readonly credentialRequests: () => readonly CredentialRequest[];
  readonly clear: () => Promise<void>;
  readonly killConnections: () => Promise<void>;
  readonly failOver: (to?: FailoverRequest) => Promise<void>;
  readonly removeAtEnd: (path: string) => void;
  readonly close: () => Promise<void>;
}
declare function startEmulator(options: StartEmulatorOptions): Promise<Emulator>;
declare class UsageError extends Error {
  readonly name = 'UsageError';
}
export {
  AccessKeys,
  UsageError,
  countBy,
  createAuthority,
  findDatabase,
  issueFaultyCertificates,
  peakPerSecond,
  startCredentialServices,
  startDatabase,
  startEmulator,
  startEndpoint,
};
export type {
  AnyEndpointOptions,
  Attempt,
  AttemptOutcome,
  Authority,
  Backend,
  BackendAddress,
  BackendEngine,
  BackendUser,
  CertificateFault,
  CertificateRequest,
  CredentialFaults,
  CredentialRequest,
  CredentialServices,
  CredentialServicesOptions,
  CredentialsById,
  CredentialsLookUp,
  DatabaseKind,
  DatabaseProgram,
  DatabaseServer,
  EmulatedName,
  Emulator,
  EmulatorFaults,
  Endpoint,
  EndpointOptions,
  EngineName,
  FailoverRequest,
  FaultsByEngine,
  FaultyCertificates,
  IssuedCertificate,
  KnownCredentials,
  LoginFaults,
  LoginStep,
  MySqlEndpoint,
  MySqlEndpointOptions,
  MySqlFaults,
  PolicyDocument,
  PolicyStatement,
  PostgresEndpoint,
  PostgresEndpointOptions,
  PostgresFaults,
  RoleOptions,
  SessionCredentials,
  StartEmulatorOptions,
  TokenRefusal,
};
