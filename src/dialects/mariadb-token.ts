import { randomBytes } from 'node:crypto';
import type { PeerCertificate } from 'node:tls';
import { composedIdentityCheck, type IdentityCheck } from './driver-options';
import type { Login } from './dialect';

const CLEAR = 'mysql_clear_password';

/** The connector's options that hand out one token. */
interface TokenOptions {
  /** Shared with the connector, which sends the first item. */
  readonly password: string[];
  readonly restrictedAuth: readonly string[];
  readonly checkServerIdentity: IdentityCheck;
}

/**
 * The connector sends its `password` whatever plugin the server asks for, and keeps it. So the password is a random placeholder until
 * the server has been verified and asks for `mysql_clear_password`.
 */
export function tokenOptions({ takeToken, endpoint }: Login, ownCheck: unknown): TokenOptions {
  const password = [randomBytes(16).toString('hex')];
  let isVerified = false;
  const identityCheck = composedIdentityCheck(endpoint.hostname, ownCheck);
  return {
    password,
    // The connector calls this for the plugin in the server's greeting, before TLS, and then for each plugin that the server asks for.
    restrictedAuth: Object.assign([CLEAR], {
      includes: (plugin: unknown) => {
        if (isVerified && plugin === CLEAR) password[0] = takeToken();
        return isVerified === (plugin === CLEAR);
      },
    }),
    checkServerIdentity: (name: string, certificate: PeerCertificate) => {
      const problem = identityCheck(name, certificate);
      isVerified = problem === undefined;
      return problem;
    },
  };
}
