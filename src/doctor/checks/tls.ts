import { once } from 'node:events';
import type { Socket } from 'node:net';
import { connect, type ConnectionOptions, type PeerCertificate, type TLSSocket } from 'node:tls';
import { X509Certificate } from 'node:crypto';
import { trustedRoots } from '../../login/resolve-endpoint';
import type { CertificateAuthorities } from '../../endpoint/trusted-roots';
import { USE_CURRENT_ROOTS } from '../../explanations/known-error';
import { fail, failWith, fixFor, pass, skip, type Check, type Finding } from '../check';
import { inTime } from '../wire/protocol';
import { PROTOCOLS } from '../wire/protocols';

/** Verifies the server's certificate against the trusted roots and the signed name. */
export const tls: Check = {
  id: 'tls',
  needs: ['region', 'endpoint', 'tcp'],
  runForHost: async (host, { application }) => {
    const { endpoint, socket } = host;
    if (endpoint === undefined || socket === undefined) return skip('needs endpoint and tcp');
    try {
      const ca = await trustedRoots(host.driverConfig, application.options, endpoint.region);
      const secure = await inTime('the TLS handshake', async () => {
        await PROTOCOLS[application.dialect.name].startTls(socket);
        return encrypt(socket, { ca, servername: endpoint.hostname });
      });
      host.secure = secure;
      return rateCertificate(secure, endpoint.hostname, ca);
    } catch (error) {
      return failWith(error);
    }
  },
};

async function encrypt(socket: Socket, options: ConnectionOptions): Promise<TLSSocket> {
  // Without rejection, to read the certificate of an untrusted server. Nothing secret is sent on this connection.
  const secure = connect({ ...options, socket, rejectUnauthorized: false });
  secure.on('error', () => undefined);
  await once(secure, 'secureConnect');
  return secure;
}

function rateCertificate(secure: TLSSocket, hostname: string, ca: CertificateAuthorities): Finding {
  const certificate = secure.getPeerCertificate();
  const shown = describe(certificate);
  if (secure.authorized) {
    return pass(`${secure.getProtocol() ?? 'TLS'}, ${shown}, verified for ${hostname}`);
  }
  const expired = [ca].flat().find((root) => isExpired(String(root)));
  if (expired !== undefined) {
    const { subject, validTo } = new X509Certificate(expired);
    return fail(
      `The root in the ca option, ${subject.replaceAll('\n', ', ')}, expired on ${validTo}`,
      USE_CURRENT_ROOTS,
    );
  }
  // Node's types call it an Error; with rejectUnauthorized off, it is the error's code.
  const code = String(secure.authorizationError);
  return fail(`${code}: ${shown}, not verified for ${hostname}`, fixFor({ code }));
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
