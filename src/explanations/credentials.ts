import type { KnownError } from './known-error';

/** What the AWS SDK's provider chain and STS say. Before the package's own row of the same code, which is less specific. */
export const credentialRows: readonly KnownError[] = [
  {
    code: 'CredentialsProviderError',
    message: 'The SSO session associated with this profile has expired or is otherwise invalid …',
    pattern: /SSO session|aws sso login|SSO token/i,
    cause: 'The IAM Identity Center (SSO) session has ended',
    fix: 'Run aws sso login with the same profile',
  },
  {
    code: 'CredentialsProviderError',
    message: 'Profile … credential_process returned expired credentials.',
    pattern: /credential_process returned expired credentials/,
    cause:
      'The program that the profile names as credential_process returns credentials that have expired',
    fix: 'Renew them where that program takes them from: log in there again, or mend its cache',
  },
  {
    code: 'CredentialsProviderError',
    message: 'Your session has expired. Please reauthenticate.',
    pattern: /Your session has expired\. Please reauthenticate/,
    cause: 'The session of aws login has ended',
    fix: 'Run aws login with the same profile',
  },
  {
    code: 'CredentialsProviderError',
    message: 'Could not load credentials from any providers',
    pattern: /Could not load credentials from any providers/,
    cause: 'No environment variable, profile, container or instance role gives credentials',
    fix: 'Give the process a role, or set AWS_PROFILE or iamAuth.profile to a profile that exists',
  },
  {
    code: 'CredentialsProviderError',
    message: 'Could not resolve credentials using profile …',
    pattern: /profile.*(?:could not be found|not found|did not contain)|using profile/i,
    cause: 'The profile does not exist, or lacks what it needs',
    fix: 'Correct the profile in ~/.aws/config, or name another in AWS_PROFILE or iamAuth.profile',
  },
  {
    code: 'AccessDenied',
    message: '… is not authorized to perform: sts:AssumeRole …',
    pattern: /not authorized to perform: sts:AssumeRole/,
    cause: 'The role may not be assumed with these credentials',
    fix: "Add the caller to the role's trust policy, and sts:AssumeRole to the caller's permissions",
  },
  {
    code: 'ExpiredToken',
    message: 'The security token included in the request is expired',
    codes: ['ExpiredToken', 'ExpiredTokenException'],
    cause: 'The session that the credentials belong to has ended',
    fix: 'Renew the credentials, or let a role or profile supply them instead of fixed ones',
  },
  {
    code: 'InvalidClientTokenId',
    message: 'The security token included in the request is invalid.',
    codes: ['InvalidClientTokenId', 'UnrecognizedClientException'],
    cause:
      "The access key does not exist (any more), belongs to another partition, or AWS_SESSION_TOKEN is not the key's own",
    fix: 'Replace the credentials: access key, secret and session token belong together',
  },
  {
    code: 'SignatureDoesNotMatch',
    message: 'The request signature we calculated does not match the signature you provided …',
    codes: ['SignatureDoesNotMatch'],
    cause: 'The secret access key does not belong to the access key, or the clock is wrong',
    fix: 'Copy AWS_SECRET_ACCESS_KEY again, without spaces or quotes, and check the clock',
  },
  {
    code: 'InvalidIdentityToken',
    message: 'Provided token/identity is not valid …',
    codes: ['InvalidIdentityToken', 'InvalidIdentityTokenException'],
    cause: 'The web identity of the pod (EKS) is not one that the role trusts',
    fix: "Compare the role's trust policy with the cluster's OIDC provider and the service account",
  },
  {
    code: 'ERR_IAM_AUTH_REGION',
    message: 'Region is missing',
    pattern: /^Region is missing/,
    cause: 'The AWS SDK was asked for a token, and no Region is configured',
    fix: "Set AWS_REGION or the region option to the database's Region",
  },
];
