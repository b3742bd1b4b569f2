import { once } from 'node:events';
import type { Socket } from 'node:net';
import { connect, type ConnectionOptions, type PeerCertificate, type TLSSocket } from 'node:tls';
import { X509Certificate } from 'node:crypto';
import { trustedRoots } from '../../login/resolve-endpoint';
import type { CertificateAuthorities } from '../../endpoint/trusted-roots';
import { fail, failWith, fixFor, pass, skip, type Check, type Finding } from '../check';
import { PROTOCOLS } from '../wire/protocols';
import { withinMs } from '../wire/protocol';

const HANDSHAKE_MS = 5_000;

/** Whether the server speaks TLS, and shows a certificate of a trusted root for the name that is signed for. */
export const tls: Check = {
  id: 'tls',
  needs: ['region', 'endpoint', 'tcp'],
  runForHost: async (host, { application }) => {
    const { endpoint, socket } = host;
    if (endpoint === undefined || socket === undefined) return skip('needs endpoint and tcp');
    try {
      const ca = await trustedRoots(host.driverConfig, application.options, endpoint.region);
      const secure = await withinMs(HANDSHAKE_MS, 'the TLS handshake', async () => {
        await PROTOCOLS[application.dialect.name].startTls(socket);
        return encrypt(socket, { ca, servername: endpoint.hostname });
      });
      host.secure = secure;
      return judge(secure, endpoint.hostname, ca);
    } catch (error) {
      return failWith(error);
    }
  },
};

async function encrypt(socket: Socket, options: ConnectionOptions): Promise<TLSSocket> {
  // To see the certificate of a server that is not trusted; nothing secret is sent on this connection.
  const secure = connect({ ...options, socket, rejectUnauthorized: false });
  secure.on('error', () => undefined);
  await once(secure, 'secureConnect');
  return secure;
}

function judge(secure: TLSSocket, hostname: string, ca: CertificateAuthorities): Finding {
  const certificate = secure.getPeerCertificate();
  const shown = describe(certificate);
  // Node's types say Error; with rejectUnauthorized off it is the error's code.
  const problem: unknown = secure.authorizationError;
  if (secure.authorized) {
    return pass(`${secure.getProtocol() ?? 'TLS'}, ${shown}, verified for ${hostname}`);
  }
  const expired = [ca].flat().find((root) => isExpired(String(root)));
  if (expired !== undefined) {
    const { subject, validTo } = new X509Certificate(expired);
    return fail(
      `The root that is given as ca, ${subject.replaceAll('\n', ', ')}, expired on ${validTo}`,
      "Remove iamAuth.tls.ca and dialectOptions.ssl.ca, or give the Region's current bundle",
    );
  }
  const code = String(problem);
  return fail(`${code}: ${shown}, does not prove to be ${hostname}`, fixFor({ code }));
}

function describe({ subject, issuer, valid_to: validTo }: PeerCertificate): string {
  return `certificate of ${nameOf(subject)} by ${nameOf(issuer)} until ${validTo}`;
}

function nameOf(name: PeerCertificate['subject'] | undefined): string {
  return [name?.CN ?? name?.O ?? 'nobody'].flat().join('/');
}

function isExpired(pem: string): boolean {
  return Date.parse(new X509Certificate(pem).validTo) < Date.now();
}
