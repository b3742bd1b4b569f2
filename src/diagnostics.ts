import type { Logger } from './types';

/** What this package says, and to whom. No message holds a token or a credential. */
export interface Diagnostics {
  readonly debug: (message: string) => void;
  readonly warn: (message: string) => void;
}

/** The user's logger; without one, warnings go to `process.emitWarning`. */
export function createDiagnostics(logger: Logger = {}): Diagnostics {
  return {
    debug: (message) => logger.debug?.(message),
    warn: (message) => {
      if (logger.warn === undefined) process.emitWarning(message, { type: 'IamAuthWarning' });
      else logger.warn(message);
    },
  };
}
