export {
  createAuthority,
  type Authority,
  type CertificateRequest,
  type IssuedCertificate,
} from './certificates/authority';
export type { FailoverRequest } from './control/control-target';
export {
  issueFaultyCertificates,
  type CertificateFault,
  type FaultyCertificates,
} from './certificates/faulty-certificates';
export {
  countBy,
  peakPerSecond,
  type Attempt,
  type AttemptOutcome,
  type EngineName,
} from './endpoint/attempt-log';
export type {
  Backend,
  BackendAddress,
  BackendUser,
  CredentialsLookUp,
  EmulatedName,
  Endpoint,
  EndpointOptions,
  LoginFaults,
  LoginStep,
} from './endpoint/endpoint-types';
export { AccessKeys, type CredentialsById, type KnownCredentials } from './iam/access-keys';
export type { PolicyDocument, PolicyStatement } from './iam/policy-document';
export type { TokenRefusal } from './iam/refusal';
export type { MySqlEndpoint, MySqlEndpointOptions, MySqlFaults } from './mysql/mysql-faults';
export type {
  PostgresEndpoint,
  PostgresEndpointOptions,
  PostgresFaults,
} from './postgres/postgres-faults';
export { startEndpoint, type AnyEndpointOptions, type FaultsByEngine } from './start-endpoint';
export type { CredentialFaults } from './aws/credential-faults';
export type { CredentialRequest } from './aws/credential-requests';
export {
  startCredentialServices,
  type CredentialServices,
  type CredentialServicesOptions,
} from './aws/credential-services';
export type { RoleOptions, SessionCredentials } from './aws/role-sessions';
export { findDatabase, type DatabaseKind, type DatabaseProgram } from './servers/find-database';
export type { DatabaseServer } from './servers/private-server';
export { startDatabase } from './servers/start-database';
export { startEmulator } from './emulator/start-emulator';
export type { Emulator, EmulatorFaults, StartEmulatorOptions } from './emulator/emulator-types';
export type { BackendEngine } from './backend/administration';
export { UsageError } from './usage-error';
