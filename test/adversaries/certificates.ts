import { createAuthority, type IssuedCertificate } from 'rds-iam-emulator';
import { REGION } from '../harness/rds';

const DAY_MS = 86_400_000;
const ago = (days: number) => new Date(Date.now() - days * DAY_MS);

/** The certificates that adversaries show, by what is wrong with them. */
export interface Certificates {
  /** The root that the application trusts. */
  readonly caPem: string;
  /** The root of a public authority. */
  readonly otherCaPem: string;
  /** The name of a neighbor's endpoint. */
  readonly neighbor: string;
  /** Nothing is: the endpoint's own. */
  readonly right: IssuedCertificate;
  readonly selfSigned: IssuedCertificate;
  readonly expired: IssuedCertificate;
  readonly notYetValid: IssuedCertificate;
  /** Of the trusted authority, for a neighbor's endpoint. */
  readonly otherTenant: IssuedCertificate;
  /** Of the trusted authority, for the address that the application dials. */
  readonly address: IssuedCertificate;
  /** Of an authority that the application does not trust: for the endpoint's name, and for another. */
  readonly publicRightName: IssuedCertificate;
  readonly publicOtherName: IssuedCertificate;
  /** The same, with its root sent along. */
  readonly withRoot: IssuedCertificate;
  /** Of an authority that calls itself as the trusted one does. */
  readonly namesake: IssuedCertificate;
}

/** The certificates by name. */
export type CertificateName = {
  [Name in keyof Certificates]: Certificates[Name] extends string ? never : Name;
}[keyof Certificates];

/** The names of the endpoints that applications mean end in this. */
const DOMAIN = `.cluster-abc.${REGION}.rds.amazonaws.com`;

let endpoints = 0;

/** A new endpoint's name: logins to one do not wait for those to another. */
export function newHostname(): string {
  endpoints += 1;
  return `mydb${process.pid}v${endpoints}${DOMAIN}`;
}

let issued: Promise<Certificates> | undefined;

/** The certificates, the same for all endpoints: to issue them takes longer than most logins. */
export function sharedCertificates(): Promise<Certificates> {
  issued ??= issue();
  return issued;
}

async function issue(): Promise<Certificates> {
  const [rds, other, double] = await Promise.all([
    createAuthority('Amazon RDS Root CA'),
    createAuthority('Public Root CA'),
    createAuthority('Amazon RDS Root CA'),
  ]);
  const names = [`*${DOMAIN}`];
  const neighbor = `neighbor${DOMAIN}`;
  const publicRightName = await other.issue({ names });
  return {
    caPem: rds.caPem,
    otherCaPem: other.caPem,
    neighbor,
    right: await rds.issue({ names }),
    selfSigned: await rds.issue({ names, selfSigned: true }),
    expired: await rds.issue({ names, notBefore: ago(2), notAfter: ago(1) }),
    notYetValid: await rds.issue({ names, notBefore: ago(-1), notAfter: ago(-2) }),
    otherTenant: await rds.issue({ names: [neighbor] }),
    address: await rds.issue({ names: ['localhost', '127.0.0.1'] }),
    publicRightName,
    publicOtherName: await other.issue({ names: ['shop.example'] }),
    withRoot: { ...publicRightName, certPem: `${publicRightName.certPem}\n${other.caPem}` },
    namesake: await double.issue({ names }),
  };
}
