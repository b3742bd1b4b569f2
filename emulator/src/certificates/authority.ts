// Before @peculiar/x509, whose dependency injection needs it.
import 'reflect-metadata';
import { randomBytes, webcrypto } from 'node:crypto';
import { isIP } from 'node:net';
import * as x509 from '@peculiar/x509';

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const DAY_MS = 86_400_000;

/** What a server shows and what it keeps. */
export interface IssuedCertificate {
  readonly certPem: string;
  readonly keyPem: string;
}

/** What to write into a certificate: DNS names and IP addresses, valid for a day around now unless said otherwise. */
export interface CertificateRequest {
  readonly names: readonly string[];
  readonly notBefore?: Date;
  readonly notAfter?: Date;
  readonly selfSigned?: boolean;
}

/** A private certificate authority that lives in memory. */
export interface Authority {
  readonly caPem: string;
  issue(request: CertificateRequest): Promise<IssuedCertificate>;
}

const newKeys = () => webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);

const validity = (request: Pick<CertificateRequest, 'notBefore' | 'notAfter'>) => ({
  notBefore: request.notBefore ?? new Date(Date.now() - DAY_MS),
  notAfter: request.notAfter ?? new Date(Date.now() + DAY_MS),
});

async function privateKeyPem(key: webcrypto.CryptoKey): Promise<string> {
  const der = await webcrypto.subtle.exportKey('pkcs8', key);
  return x509.PemConverter.encode(der, 'PRIVATE KEY');
}

// A leading zero keeps the serial number positive.
const serialNumber = () => `00${randomBytes(12).toString('hex')}`;

/** Makes a certificate authority whose certificates no one trusts but who is given `caPem`. */
export async function createAuthority(
  name = 'Emulator root',
  period: Pick<CertificateRequest, 'notBefore' | 'notAfter'> = {},
): Promise<Authority> {
  const caKeys = await newKeys();
  const ca = await x509.X509CertificateGenerator.createSelfSigned(
    {
      name: `CN=${name}`,
      keys: caKeys,
      serialNumber: serialNumber(),
      signingAlgorithm: ALGORITHM,
      ...validity(period),
      extensions: [
        new x509.BasicConstraintsExtension(true, undefined, true),
        new x509.KeyUsagesExtension(
          x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign,
          true,
        ),
        await x509.SubjectKeyIdentifierExtension.create(caKeys.publicKey, false, webcrypto),
      ],
    },
    webcrypto,
  );

  async function issue(request: CertificateRequest): Promise<IssuedCertificate> {
    const keys = await newKeys();
    const subject = `CN=${request.names[0] ?? 'nameless'}`;
    const certificate = await x509.X509CertificateGenerator.create(
      {
        subject,
        issuer: request.selfSigned ? subject : ca.subject,
        serialNumber: serialNumber(),
        publicKey: keys.publicKey,
        signingKey: request.selfSigned ? keys.privateKey : caKeys.privateKey,
        signingAlgorithm: ALGORITHM,
        ...validity(request),
        extensions: [
          new x509.BasicConstraintsExtension(false, undefined, true),
          new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
          new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
          new x509.SubjectAlternativeNameExtension(
            request.names.map((value) => ({ type: isIP(value) ? 'ip' : 'dns', value })),
          ),
        ],
      },
      webcrypto,
    );
    return { certPem: certificate.toString('pem'), keyPem: await privateKeyPem(keys.privateKey) };
  }

  return { caPem: ca.toString('pem'), issue };
}
