import type { PeerCertificate } from 'node:tls';
import type { IamAuthError } from '../errors';
import { tls } from '../node-builtins';
import type { Endpoint } from '../endpoint/endpoint';
import { unverified, wrongMethod } from './no-token';

/** What the package uses of the argument of mysql2's authentication plugins. */
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

const CREATE_IAM_USER =
  "create the user with IDENTIFIED WITH AWSAuthenticationPlugin AS 'RDS', and enable IAM authentication on the instance";

export type AuthPlugin = (context: PluginContext) => (data: Buffer) => Buffer;

/** Plugins that would send the driver's password. A server that asks for one has no IAM user of that name. */
const REFUSED = ['mysql_native_password', 'caching_sha2_password', 'sha256_password'] as const;

/** The plugins that the package supplies, and that would replace the user's own. */
export const SUPPLIED: readonly string[] = ['mysql_clear_password', ...REFUSED];

/** The plugins for one login. `mysql_clear_password` sends the token once, over verified TLS; the others throw. */
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
      throw keepingCode(wrongMethod(endpoint, [name, 'mysql_clear_password'], CREATE_IAM_USER));
    };
  }
  return plugins;
}

/**
 * Throws if the driver has not verified the server: the server asked before TLS was established, or a later mysql2 no longer verifies.
 * mysql2 before 3.11 hides its TLS socket. It sets the user name once TLS is verified, so the name is checked too.
 */
function checkTls({ connection, command }: PluginContext, endpoint: Endpoint): void {
  const problem = tlsProblem(connection?.stream, endpoint.hostname, command?.user !== undefined);
  if (problem !== undefined) throw keepingCode(unverified(endpoint, problem));
}

/** mysql2 assigns a code of its own to errors of authentication plugins. The setter ignores it. */
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
  isHandshakeSent: boolean,
): string | undefined {
  if (!isHandshakeSent) return 'the server asked for it before it was verified';
  if (stream?.encrypted !== true) return undefined;
  if (stream.authorized !== true) return "the server's certificate is not trusted";
  // A resumed session has no certificate; the session that it resumes was verified.
  if (stream.isSessionReused?.() === true) return undefined;
  const certificate = stream.getPeerCertificate?.();
  if (certificate === undefined) return 'the server sent no certificate';
  return tls().checkServerIdentity(hostname, certificate)?.message;
}
