import type { AttemptOutcome } from './attempt-log';
import type { ErrorPacket } from './mysql-protocol';

/** A login that ends here, with what the client is told and what the log keeps. */
export class Refusal extends Error {
  readonly outcome: AttemptOutcome;
  readonly packet: ErrorPacket | undefined;

  constructor(outcome: AttemptOutcome, reason: string, packet?: ErrorPacket) {
    super(reason);
    this.outcome = outcome;
    this.packet = packet;
  }
}

/** What MySQL and RDS say to a wrong, expired or throttled token alike. */
export const accessDenied = (username: string): ErrorPacket => ({
  code: 1045,
  sqlState: '28000',
  message: `Access denied for user '${username}'@'127.0.0.1' (using password: YES)`,
});

/** What RDS says to a client without TLS. */
export const tlsRequired: ErrorPacket = {
  code: 3159,
  sqlState: 'HY000',
  message:
    'Connections using insecure transport are prohibited while --require_secure_transport=ON.',
};
