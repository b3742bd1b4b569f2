import { X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import { createAuthority } from '../../src/certificates/authority';

describe('createAuthority', () => {
  it('issues certificates for DNS names and IP addresses, signed by itself alone', async () => {
    const [authority, other] = await Promise.all([createAuthority(), createAuthority()]);
    const { certPem, keyPem } = await authority.issue({ names: ['db.example', '127.0.0.1'] });
    const certificate = new X509Certificate(certPem);

    expect(certificate.checkHost('db.example')).toBe('db.example');
    expect(certificate.checkHost('other.example')).toBeUndefined();
    expect(certificate.checkIP('127.0.0.1')).toBe('127.0.0.1');
    expect(certificate.verify(new X509Certificate(authority.caPem).publicKey)).toBe(true);
    expect(certificate.verify(new X509Certificate(other.caPem).publicKey)).toBe(false);
    expect(() => createSecureContext({ cert: certPem, key: keyPem })).not.toThrow();
  });

  it('issues expired and self-signed certificates on request', async () => {
    const authority = await createAuthority();
    const notAfter = new Date('2020-02-01T00:00:00Z');
    const { certPem } = await authority.issue({
      names: ['db.example'],
      notBefore: new Date('2020-01-01T00:00:00Z'),
      notAfter,
      selfSigned: true,
    });
    const certificate = new X509Certificate(certPem);

    expect(new Date(certificate.validTo)).toEqual(notAfter);
    expect(certificate.verify(certificate.publicKey)).toBe(true);
  });
});
