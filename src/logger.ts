import { messageOf } from './errors';

/** Where the package logs: `console`, pino, winston, or any object with these methods. */
export interface IamAuthLogger {
  /** One line for each token that is signed or reused, and for each login that ends. */
  debug?: ((message: string) => void) | undefined;
  /** Settings that defeat the rate limit, drivers that work only in part, a limiter or Redis that fails. */
  warn?: ((message: string) => void) | undefined;
}

/** What this package says, and to whom. No message holds a token or a credential. */
export interface Diagnostics {
  readonly debug: (message: string) => void;
  readonly warn: (message: string) => void;
}

/** The user's logger; without one, warnings go to `process.emitWarning`. One that throws is reported there and costs no connection. */
export function createDiagnostics(logger: IamAuthLogger = {}): Diagnostics {
  const guarded = (say: (message: string) => void) => (message: string) => {
    try {
      say(message);
    } catch (error) {
      emitWarning(`sequelize-rds-iam: the logger failed: ${messageOf(error)}`);
    }
  };
  return {
    debug: guarded((message) => logger.debug?.(message)),
    warn: guarded((message) => {
      if (logger.warn === undefined) emitWarning(message);
      else logger.warn(message);
    }),
  };
}

function emitWarning(message: string): void {
  process.emitWarning(message, { type: 'IamAuthWarning' });
}
