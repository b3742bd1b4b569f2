import { ALL, type Adversary } from '../adversary';
import type { CertificateName } from '../certificates';
import { serverThat } from '../plays';

/** A server that asks for the token over TLS, with this certificate. */
const showing = (fault: CertificateName): Omit<Adversary, 'id' | 'who' | 'does'> => ({
  dialects: ALL,
  byHand: 'token',
  listen: serverThat(({ certificates }) => ({ shown: certificates[fault] })),
});

/** Those whose certificate is not the endpoint's. */
export const certificates: readonly Adversary[] = [
  {
    id: 'self-signed',
    who: 'anyone',
    does: 'shows a certificate for the endpoint that it signed itself',
    ...showing('selfSigned'),
  },
  {
    id: 'expired',
    who: 'a former owner of the name, or a thief of an old key',
    does: 'shows a certificate of the trusted authority that ended a day ago',
    ...showing('expired'),
  },
  {
    id: 'not-yet-valid',
    who: 'a server with a certificate for later',
    does: 'shows a certificate of the trusted authority that begins tomorrow',
    ...showing('notYetValid'),
  },
  {
    id: 'other-tenant',
    who: 'another customer of RDS',
    does: 'shows its own valid certificate, of the trusted authority, for its own endpoint',
    ...showing('otherTenant'),
  },
  {
    id: 'address-name',
    who: 'a server with a certificate for the address that the client dials',
    does: 'shows a certificate of the trusted authority for localhost and 127.0.0.1',
    ...showing('address'),
  },
  {
    id: 'public-other-name',
    who: 'the owner of a web site',
    does: 'shows a certificate of a public authority for the site',
    ...showing('publicOtherName'),
  },
  {
    id: 'public-right-name',
    who: 'someone for whom a public authority certified the name',
    does: "shows a certificate for the endpoint, of an authority that is not among the region's roots",
    ...showing('publicRightName'),
  },
  {
    id: 'root-sent-along',
    who: 'the same',
    does: 'sends the untrusted root along in the chain',
    ...showing('withRoot'),
  },
  {
    id: 'namesake-root',
    who: 'the owner of an authority with the name of the trusted one',
    does: 'shows a certificate for the endpoint whose issuer has the right name and the wrong key',
    ...showing('namesake'),
  },
];
