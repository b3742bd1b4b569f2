import type { CertificateFault } from 'rds-iam-emulator';
import { attemptsEnded, failedWith, type Experiment } from '../experiment';
import { holding, SERVER } from '../server-faults';

const FAULTS: readonly {
  readonly certificate: CertificateFault;
  readonly fault: string;
  readonly remedy: string;
  readonly code: string;
}[] = [
  {
    certificate: 'other-root',
    fault: 'The certificate is rotated to a root that the application does not know',
    remedy: "Remove iamAuth.tls.ca, or set it to the Region's current bundle",
    code: 'SELF_SIGNED_CERT_IN_CHAIN',
  },
  {
    certificate: 'wrong-host',
    fault: 'The certificate is for another host',
    remedy: 'Check where the name leads; set iamAuth.endpoint.hostname to the name of the endpoint',
    code: 'ERR_TLS_CERT_ALTNAME_INVALID',
  },
  {
    certificate: 'expired',
    fault: 'The certificate has expired',
    remedy: "Rotate the instance's certificate; check the clock",
    code: 'CERT_HAS_EXPIRED',
  },
  {
    certificate: 'self-signed',
    fault: 'The certificate is self-signed',
    remedy: 'Check where the name leads: this is not RDS',
    code: 'SELF_SIGNED_CERT_IN_CHAIN',
  },
];

/** Servers that do not prove who they are. */
export const certificateExperiments: readonly Experiment[] = [
  ...FAULTS.map(({ certificate, fault, remedy, code }): Experiment => ({
    ...SERVER,
    id: `server-certificate-${certificate}`,
    fault,
    remedy,
    run: holding({ certificate }),
    errors: [code],
    isMet: failedWith(code),
  })),
  {
    ...SERVER,
    id: 'server-certificate-rotated',
    fault: 'The certificate is rotated to another root that the application knows',
    remedy: 'Nothing',
    prepare: ({ cluster, otherAuthority }) => ({
      iamAuth: { tls: { ca: [cluster.authority.caPem, otherAuthority.caPem] } },
    }),
    run: holding({ certificate: 'other-root' }),
    errors: [],
    // That this certificate is another one shows in the row of `other-root`.
    isMet: attemptsEnded(({ outcome }) => outcome === 'accepted'),
  },
  {
    ...SERVER,
    id: 'server-tls-off',
    fault: 'The server has no TLS',
    remedy: 'Connect to the RDS endpoint itself, or through a tunnel that passes TLS through',
    run: holding({ tls: false }),
    errors: ['HANDSHAKE_NO_SSL_SUPPORT'],
    isMet: failedWith('HANDSHAKE_NO_SSL_SUPPORT'),
  },
];
