import { startCredentialServices, type CredentialServices } from '../aws/credential-services';
import { AccessKeys } from '../iam/access-keys';
import { DEFAULT_ACCOUNT } from '../iam/verify-token';
import { createAccessKey, type AccessKey } from './access-key';
import type { StartEmulatorOptions } from './emulator-types';
import { UsageError } from '../usage-error';

/** With which keys to sign, and where to get them. */
export interface Credentials {
  readonly keys: AccessKeys;
  readonly services: CredentialServices;
  /** Without a role: the one of the run. */
  readonly accessKey?: AccessKey;
}

const HOUR_MS = 3_600_000;

async function startRole(
  options: StartEmulatorOptions,
  permissions: Pick<StartEmulatorOptions, 'policies'> | { readonly users: readonly string[] },
  clock: () => number,
): Promise<Credentials> {
  const { role, account = DEFAULT_ACCOUNT, credentialsLifetimeMs = HOUR_MS } = options;
  const given = typeof role === 'object' ? role.arn : undefined;
  const arn = given ?? `arn:aws:iam::${account}:role/app`;
  const keys = new AccessKeys();
  try {
    const services = await startCredentialServices({
      keys,
      role: { arn, lifetimeMs: credentialsLifetimeMs, ...permissions },
      clock,
    });
    return { keys, services };
  } catch (cause) {
    throw new UsageError(`role: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    });
  }
}

/** Starts AWS's services for the run, with an access key that may log in as these users, or a role that may. */
export async function startCredentials(
  options: StartEmulatorOptions,
  usernames: readonly string[],
  clock: () => number,
): Promise<Credentials> {
  const { policies, account = DEFAULT_ACCOUNT } = options;
  const permissions = policies ? { policies } : { users: usernames };
  if (options.role) return startRole(options, permissions, clock);
  const accessKey = createAccessKey();
  const { accessKeyId, secretAccessKey } = accessKey;
  const arn = `arn:aws:iam::${account}:user/app`;
  const keys = new AccessKeys({ [accessKeyId]: { secretAccessKey, arn, ...permissions } });
  return { keys, services: await startCredentialServices({ keys, clock }), accessKey };
}
