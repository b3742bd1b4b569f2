import type { SignerConfig } from '@aws-sdk/rds-signer';
import { types } from 'node:util';
import { MalformedError } from './credentials-error';

/** AWS credentials, or a provider of them, in the form that the AWS SDK's clients accept. */
export type AwsCredentials = NonNullable<SignerConfig['credentials']>;

/** Credentials in themselves. */
export type CredentialIdentity = Exclude<AwsCredentials, (...args: never[]) => unknown>;
/** A function that returns them. */
export type CredentialProvider = Exclude<AwsCredentials, CredentialIdentity>;

/**
 * A copy of what a token is signed with, each part read once: the object is a provider's, and may change at any time.
 * Throws for what is no AWS credential identity. Held, it would fail each signature until it is replaced.
 */
export function readIdentity(identity: unknown): CredentialIdentity {
  if (typeof identity !== 'object' || identity === null) {
    throw new MalformedError('the provider returned no credentials');
  }
  const { accessKeyId, secretAccessKey, sessionToken, expiration } = identity as Readonly<
    Record<string, unknown>
  >;
  return {
    accessKeyId: readText('accessKeyId', accessKeyId),
    secretAccessKey: readText('secretAccessKey', secretAccessKey),
    ...(isMissing(sessionToken) ? {} : { sessionToken: readToken(sessionToken) }),
    ...(isMissing(expiration) ? {} : { expiration: readDate(expiration) }),
  };
}

function readText(name: string, value: unknown): string {
  if (typeof value !== 'string' || value === '') refusePart(name, 'a non-empty string');
  return value;
}

function readToken(value: unknown): string {
  if (typeof value !== 'string') refusePart('sessionToken', 'a string');
  return value;
}

/** A Date of any realm. */
function readDate(value: unknown): Date {
  const date = types.isDate(value) ? new Date(value) : undefined;
  if (date === undefined || Number.isNaN(date.getTime())) refusePart('expiration', 'a valid Date');
  return date;
}

function isMissing(value: unknown): boolean {
  return value === undefined || value === null;
}

function refusePart(name: string, expected: string): never {
  throw new MalformedError(`the provider returned credentials whose ${name} is not ${expected}`);
}
