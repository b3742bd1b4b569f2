import type { KnownError } from './known-error';

/** Errors of the AWS SDK's provider chain and of STS. Before the package's own row for credentials, which is less specific. */
export const credentialRows: readonly KnownError[] = [
  {
    code: 'CredentialsProviderError',
    message: 'The SSO session associated with this profile has expired or is otherwise invalid …',
    pattern: /SSO session|aws sso login|SSO token/i,
    cause: 'The IAM Identity Center (SSO) session has expired',
    fix: 'Run aws sso login with the same profile',
  },
  {
    code: 'CredentialsProviderError',
    message: 'Profile … credential_process returned expired credentials.',
    pattern: /credential_process returned expired credentials/,
    cause: "The profile's credential_process returns expired credentials",
    fix: 'Renew the credentials at their source: log in there again, or clear the cache of that program',
  },
  {
    code: 'CredentialsProviderError',
    message: 'Your session has expired. Please reauthenticate.',
    pattern: /Your session has expired\. Please reauthenticate/,
    cause: 'The aws login session has expired',
    fix: 'Run aws login with the same profile',
  },
  {
    code: 'CredentialsProviderError',
    message: 'Could not load credentials from any providers',
    pattern: /Could not load credentials from any providers/,
    cause: 'No environment variable, profile, container or instance role supplies credentials',
    fix: 'Give the process a role, or set AWS_PROFILE or iamAuth.profile to an existing profile',
  },
  {
    code: 'CredentialsProviderError',
    message: 'Could not resolve credentials using profile …',
    pattern: /profile.{0,300}(?:could not be found|not found|did not contain)|using profile/i,
    cause: 'The profile does not exist or is incomplete',
    fix: 'Correct the profile in ~/.aws/config, or set AWS_PROFILE or iamAuth.profile to another one',
  },
  {
    code: 'AccessDenied',
    message: '… is not authorized to perform: sts:AssumeRole …',
    pattern: /not authorized to perform: sts:AssumeRole/,
    cause: 'These credentials are not allowed to assume the role',
    fix: "Allow the caller in the role's trust policy, and add sts:AssumeRole to the caller's permissions",
  },
  {
    code: 'ExpiredToken',
    message: 'The security token included in the request is expired',
    codes: ['ExpiredToken', 'ExpiredTokenException'],
    cause: 'The session of the credentials has expired',
    fix: 'Renew the credentials, or replace fixed credentials by a role or profile that renews them',
  },
  {
    code: 'InvalidClientTokenId',
    message: 'The security token included in the request is invalid.',
    codes: ['InvalidClientTokenId', 'UnrecognizedClientException'],
    cause:
      'The access key does not exist, belongs to another partition, or does not match AWS_SESSION_TOKEN',
    fix: 'Replace the credentials: access key, secret and session token belong together',
  },
  {
    code: 'SignatureDoesNotMatch',
    message: 'The request signature we calculated does not match the signature you provided …',
    cause: 'The secret access key does not match the access key, or the clock is wrong',
    fix: 'Copy AWS_SECRET_ACCESS_KEY again, without spaces or quotes, and check the clock',
  },
  {
    code: 'InvalidIdentityToken',
    message: 'Provided token/identity is not valid …',
    codes: ['InvalidIdentityToken', 'InvalidIdentityTokenException'],
    cause: 'The role does not trust the web identity of the pod (EKS)',
    fix: "Compare the role's trust policy with the cluster's OIDC provider and the service account",
  },
  {
    code: 'ERR_IAM_AUTH_REGION',
    message: 'Region is missing',
    pattern: /^Region is missing/,
    cause: 'No Region is configured for the AWS SDK',
    fix: "Set AWS_REGION or the region option to the database's Region",
  },
];
