export { addIamAuth } from './attach';
export { IamAuthError, type IamAuthErrorCode } from './errors';
export { explainError, type Explanation } from './explain-error';
export type {
  ConnectionLimiter,
  LimiterOptions,
  Outcome,
  Slot,
  SlotRequest,
} from './limiter/contract';
export { poolPreset, type PoolOptions, type PoolPresetOptions } from './pool';
export { registerIamAuth, type SequelizeClass } from './register-iam-auth';
export type {
  CertificateAuthorities,
  Credentials,
  DialedEndpoint,
  EndpointOverride,
  IamAuth,
  IamAuthOptions,
  IamAuthStats,
  Logger,
} from './types';
export { withIamAuth, type FlaggedOptions } from './with-iam-auth';
