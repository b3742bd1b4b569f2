import type { AttemptOutcome } from './attempt-log';

/** A login that ends here, with what the client is told, as the engine's packet, and what the log keeps. */
export class Refusal extends Error {
  readonly outcome: AttemptOutcome;
  readonly packet: Buffer | undefined;

  constructor(outcome: AttemptOutcome, reason: string, packet?: Buffer) {
    super(reason);
    this.outcome = outcome;
    this.packet = packet;
  }
}
