import { createSecureContext, type SecureContext } from 'node:tls';
import type { IssuedCertificate } from '../certificates/authority';
import type { CertificateFault, FaultyCertificates } from '../certificates/faulty-certificates';
import type { LoginFaults } from './endpoint-types';

const contextOf = ({ certPem, keyPem }: IssuedCertificate) =>
  createSecureContext({ cert: certPem, key: keyPem });

/** What an endpoint shows to clients that ask for TLS. */
export class TlsContexts {
  readonly #good: SecureContext | undefined;
  readonly #faulty: ReadonlyMap<CertificateFault, SecureContext>;

  constructor(tls: (IssuedCertificate & { readonly faulty?: FaultyCertificates }) | false) {
    this.#good = tls ? contextOf(tls) : undefined;
    const faulty = Object.entries((tls && tls.faulty) || {});
    // The keys are those of the type.
    this.#faulty = new Map(
      faulty.map(([fault, issued]) => [fault as CertificateFault, contextOf(issued)]),
    );
  }

  /**
   * The context for these faults; undefined for no TLS.
   *
   * @throws {Error} when they want a certificate that was not prepared.
   */
  contextFor({ certificate, tls }: Partial<LoginFaults>): SecureContext | undefined {
    if (tls === false) return undefined;
    if (certificate === undefined) return this.#good;
    const context = this.#faulty.get(certificate);
    if (context) return context;
    throw new Error(
      `This endpoint has no certificate '${certificate}': prepare it with issueFaultyCertificates() and give it as tls.faulty`,
    );
  }
}
