export {
  createAuthority,
  type Authority,
  type CertificateRequest,
  type IssuedCertificate,
} from './certificates/authority';
export { startControl, type Control } from './control/http-control';
export type { ControlTarget, FailoverRequest } from './control/control-target';
export {
  issueFaultyCertificates,
  type CertificateFault,
  type FaultyCertificates,
} from './certificates/faulty-certificates';
export {
  countBy,
  monotonicNow,
  peakPerSecond,
  type Attempt,
  type AttemptOutcome,
  type EngineName,
} from './endpoint/attempt-log';
export type {
  Backend,
  BackendAddress,
  BackendUser,
  CredentialsById,
  CredentialsLookUp,
  EmulatedName,
  Endpoint,
  EndpointOptions,
  LoginFaults,
  LoginStep,
} from './endpoint/endpoint-types';
export type { KnownCredentials } from './iam/verify-token';
export type { MySqlEndpoint, MySqlEndpointOptions, MySqlFaults } from './mysql/mysql-faults';
export type {
  PostgresEndpoint,
  PostgresEndpointOptions,
  PostgresFaults,
} from './postgres/postgres-faults';
export { startEndpoint, type AnyEndpointOptions, type FaultsByEngine } from './start-endpoint';
export {
  startAwsCredentialServices,
  type AwsCredentialServices,
  type IssuedCredentials,
} from './aws/aws-credential-services';
export {
  startEcsCredentials,
  type EcsCredentials,
  type EcsCredentialsOptions,
} from './aws/ecs-credentials';
export { CALLER, startSts, type EmulatedSts } from './aws/sts';
export { findDatabase, type DatabaseKind, type DatabaseProgram } from './servers/find-database';
export type { DatabaseServer } from './servers/private-server';
export { startDatabase } from './servers/start-database';
