import type { AttemptOutcome } from './attempt-log';

/** A login that ends here, with what the client is told, as the engine's packet, and what the log keeps. */
export class Refusal extends Error {
  readonly outcome: AttemptOutcome;
  readonly packet: Buffer | undefined;
  readonly detail: string | undefined;

  constructor(outcome: AttemptOutcome, reason: string, packet?: Buffer, detail?: string) {
    super(reason);
    this.outcome = outcome;
    this.packet = packet;
    this.detail = detail;
  }
}

/** What an error says; those of Node come from outside a test's realm, where `instanceof` does not know them. */
export function messageOf(error: unknown): string {
  const message: unknown = Object(error) === error ? Reflect.get(Object(error), 'message') : error;
  return String(message);
}
