import type { PeerCertificate } from 'node:tls';
import type { IamAuthError } from '../errors';
import { tls } from '../node-builtins';
import type { Endpoint } from '../endpoint/endpoint';
import { noToken, unverified } from './no-token';

/** What mysql2 hands to an authentication plugin, as far as it is used. */
interface PluginContext {
  readonly connection?: { readonly stream?: Partial<SecureStream> };
  readonly command?: { readonly user?: unknown };
}

interface SecureStream {
  readonly encrypted: boolean;
  readonly authorized: boolean;
  isSessionReused(): boolean;
  getPeerCertificate(): PeerCertificate;
}

export type AuthPlugin = (context: PluginContext) => (data: Buffer) => Buffer;

/** Plugins that would answer with the driver's own password; a server that wants one has no IAM user of that name. */
const REFUSED = ['mysql_native_password', 'caching_sha2_password', 'sha256_password'] as const;

/** The plugins of which a user's own would be lost. */
export const SUPPLIED: readonly string[] = ['mysql_clear_password', ...REFUSED];

/** Plugins for one login: the token for `mysql_clear_password` over verified TLS, once, and a clear error for the others. */
export function authPlugins(
  endpoint: Endpoint,
  takeToken: () => string,
): Record<string, AuthPlugin> {
  let isSent = false;
  const plugins: Record<string, AuthPlugin> = {
    mysql_clear_password: (context) => () => {
      checkTls(context, endpoint);
      const answer = Buffer.from(`${isSent ? '' : takeToken()}\0`);
      isSent = true;
      return answer;
    },
  };
  for (const name of REFUSED) {
    plugins[name] = () => {
      throw keepingCode(
        noToken(
          'ERR_IAM_AUTH_METHOD',
          endpoint,
          `it asks for ${name}, not for mysql_clear_password`,
          "create the user with IDENTIFIED WITH AWSAuthenticationPlugin AS 'RDS', and enable IAM authentication on the instance",
        ),
      );
    };
  }
  return plugins;
}

/**
 * The driver has verified the server by now, unless a server asked before TLS was up, or a later mysql2 changes its mind.
 * mysql2 before 3.11 keeps its TLS socket to itself; there, the user name tells: it is set once TLS is verified.
 */
function checkTls({ connection, command }: PluginContext, endpoint: Endpoint): void {
  const problem = tlsProblem(connection?.stream, endpoint.hostname, command?.user !== undefined);
  if (problem !== undefined) throw keepingCode(unverified(endpoint, problem));
}

/** mysql2 puts its own code on errors of authentication plugins; the setter keeps ours. */
function keepingCode(error: IamAuthError): IamAuthError {
  const { code } = error;
  return Object.defineProperty(error, 'code', {
    get: () => code,
    set: () => undefined,
    enumerable: true,
  });
}

function tlsProblem(
  stream: Partial<SecureStream> | undefined,
  hostname: string,
  handshakeSent: boolean,
): string | undefined {
  if (!handshakeSent) return 'the server asked for it before it was verified';
  if (stream?.encrypted !== true) return undefined;
  if (stream.authorized !== true) return 'its certificate is not trusted';
  // A resumed session shows no certificate; the session it resumes was verified.
  if (stream.isSessionReused?.() === true) return undefined;
  const certificate = stream.getPeerCertificate?.();
  if (certificate === undefined) return 'it showed no certificate';
  return tls().checkServerIdentity(hostname, certificate)?.message;
}
