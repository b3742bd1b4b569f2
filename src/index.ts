export { addIamAuth, type SequelizeLike } from './attach';
export { IamAuthError, type IamAuthErrorCode } from './errors';
export { explainError, type ErrorExplanation } from './explain-error';
export type {
  ConnectionLimiter,
  LimiterOptions,
  LoginOutcome,
  LoginSlot,
  LoginSlotRequest,
} from './limiter/contract';
export { poolPreset, type PoolPreset, type PoolPresetOptions } from './pool';
export {
  registerIamAuth,
  type IamAuthRegistration,
  type SequelizeClass,
} from './register-iam-auth';
export type { CertificateAuthorities } from './tls';
export type { AwsCredentials } from './credential-cache';
export type { ConnectTarget, EndpointOverride } from './endpoint';
export type { IamAuth } from './attachment';
export type { IamAuthOptions } from './options';
export type { IamAuthStats } from './stats';
export type { IamAuthLogger } from './logger';
export { withIamAuth, type IamAuthFlag } from './with-iam-auth';
