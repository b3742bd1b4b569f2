import { sha256 } from '../iam/sigv4';

/** What was asked of a credential service; never a secret. */
export interface CredentialRequest {
  /** An action of AWS STS or of IAM Identity Center; the others are named after the service. */
  readonly action:
    | 'AssumeRole'
    | 'AssumeRoleWithWebIdentity'
    | 'GetCallerIdentity'
    | 'GetRoleCredentials'
    | 'ContainerCredentials'
    | 'InstanceMetadata';
  /** Which role’s credentials. */
  readonly role?: string;
  /** The access key id that signed the request, or the digest of the token that it came with ({@link digestOf}). */
  readonly proof?: string;
}

/** What the log shows of a token: enough to know it again, and not to use it. */
export const digestOf = (token: string): string => `sha256:${sha256(token).slice(0, 16)}`;
