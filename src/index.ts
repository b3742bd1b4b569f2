export { addIamAuth, type SequelizeLike } from './attach/add-iam-auth';
export { IamAuthError, type IamAuthErrorCode } from './errors';
export { explainError, type ErrorExplanation } from './explanations/explain-error';
export type {
  BackoffState,
  ConnectionLimiter,
  LimiterOptions,
  LoginOutcome,
  LoginSlot,
  LoginSlotRequest,
} from './limiter/contract';
export { poolPreset, type PoolPreset, type PoolPresetOptions } from './sequelize/pool-preset';
export {
  registerIamAuth,
  type IamAuthRegistration,
  type SequelizeClass,
} from './attach/register-iam-auth';
export type { CertificateAuthorities } from './endpoint/trusted-roots';
export type { CredentialsState } from './token/credential-cache';
export type { AwsCredentials } from './token/credential-identity';
export type { ConnectTarget, EndpointOverride } from './endpoint/endpoint';
export type { IamAuth } from './attach/attachment';
export type { LoginContext } from './login/login-trace';
export type {
  BackoffMessage,
  CredentialsMessage,
  NotNeededMessage,
  ObservedEndpoint,
  ObservedTarget,
  RedisMessage,
} from './observe/channels';
export type { IamAuthOptions } from './options';
export type { EndpointStats, IamAuthStats } from './login/stats';
export type { IamAuthLogger } from './logger';
export { withIamAuth, type IamAuthFlag } from './attach/with-iam-auth';
