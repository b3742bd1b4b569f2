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
 * the server has been verified and asks for `mysql_clear_password`, once. `hasTlsBegun` tells whether the connector has begun the TLS
 * handshake.
 */
export function tokenOptions(
  { takeToken, endpoint }: Login,
  ownCheck: unknown,
  hasTlsBegun: () => boolean,
): TokenOptions {
  const password = [randomBytes(16).toString('hex')];
  let isVerified = false;
  let isTaken = false;
  const identityCheck = composedIdentityCheck(endpoint.hostname, ownCheck);
  return {
    password,
    restrictedAuth: Object.assign([CLEAR], {
      // The connector calls this for the plugin in the server's greeting, before TLS, and then for each plugin that the server asks for.
      // What asks for one before it was verified is not the server.
      includes: (plugin: unknown) => {
        if (!isVerified) return plugin !== CLEAR && !hasTlsBegun();
        if (plugin !== CLEAR) return false;
        password[0] = isTaken ? '' : takeToken();
        isTaken = true;
        return true;
      },
    }),
    // The connector calls this again when the login has succeeded, even before TLS, without a certificate.
    checkServerIdentity: (name: string, certificate?: PeerCertificate) => {
      const problem =
        certificate === undefined
          ? new Error('the server accepted the login before it was verified')
          : identityCheck(name, certificate);
      isVerified = problem === undefined;
      return problem;
    },
  };
}
