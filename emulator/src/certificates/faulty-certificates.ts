import { createAuthority, type Authority, type IssuedCertificate } from './authority';

/** What can be wrong with a server's certificate. */
export type CertificateFault = 'expired' | 'wrong-host' | 'self-signed' | 'other-root';

/** A certificate for each fault. */
export type FaultyCertificates = Readonly<Partial<Record<CertificateFault, IssuedCertificate>>>;

const DAY_MS = 86_400_000;

/** Issues a certificate of each kind that a client of this authority must not accept for these names. */
export async function issueFaultyCertificates(
  authority: Authority,
  names: readonly string[],
): Promise<Readonly<Record<CertificateFault, IssuedCertificate>>> {
  const ago = (days: number) => new Date(Date.now() - days * DAY_MS);
  const [expired, wrongHost, selfSigned, otherRoot] = await Promise.all([
    authority.issue({ names, notBefore: ago(2), notAfter: ago(1) }),
    authority.issue({ names: ['another-host.invalid'] }),
    authority.issue({ names, selfSigned: true }),
    createAuthority('Another root').then((other) => other.issue({ names })),
  ]);
  return {
    expired,
    'wrong-host': wrongHost,
    'self-signed': selfSigned,
    'other-root': otherRoot,
  };
}
