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

/** What an error says; those of Node come from outside a test's realm, where `instanceof` does not know them. */
export function messageOf(error: unknown): string {
  const message: unknown = Object(error) === error ? Reflect.get(Object(error), 'message') : error;
  return String(message);
}
