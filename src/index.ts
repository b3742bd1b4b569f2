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
export type {
  CertificateAuthorities,
  AwsCredentials,
  ConnectTarget,
  EndpointOverride,
  IamAuth,
  IamAuthOptions,
  IamAuthStats,
  IamAuthLogger,
} from './types';
export { withIamAuth, type IamAuthFlag } from './with-iam-auth';
