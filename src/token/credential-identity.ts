import type { SignerConfig } from '@aws-sdk/rds-signer';
import { types } from 'node:util';

/** AWS credentials, or a provider of them, in the form that the AWS SDK's clients accept. */
export type AwsCredentials = NonNullable<SignerConfig['credentials']>;

export type CredentialIdentity = Exclude<AwsCredentials, (...args: never[]) => unknown>;
export type CredentialProvider = Exclude<AwsCredentials, CredentialIdentity>;

/**
 * A copy of what a token is signed with, each part read once: the object is a provider's, and may change at any time.
 * Throws for what is no AWS credential identity.
 */
export function readIdentity(identity: CredentialIdentity): CredentialIdentity {
  const { accessKeyId, secretAccessKey, sessionToken, expiration } = identity;
  const isComplete = [accessKeyId, secretAccessKey].every((part) => isText(part));
  if (!isComplete || !(sessionToken === undefined || typeof sessionToken === 'string')) {
    throw new TypeError('the provider returned no accessKeyId and secretAccessKey, or no texts');
  }
  if (expiration !== undefined && !isDate(expiration)) {
    throw new TypeError('the provider returned an expiration that is no Date');
  }
  return {
    accessKeyId,
    secretAccessKey,
    ...(sessionToken !== undefined && { sessionToken }),
    ...(expiration !== undefined && { expiration: new Date(expiration) }),
  };
}

function isText(value: unknown): boolean {
  return typeof value === 'string' && value !== '';
}

function isDate(value: unknown): boolean {
  return types.isDate(value) && !Number.isNaN(new Date(value).getTime());
}
