import { messageOf } from './errors';
import { oneLine } from './untrusted';

/**
 * Where the package logs: `console`, pino, winston, or any object with these methods. A message is one line, and contains no token and
 * no credential.
 *
 * @example
 * addIamAuth(sequelize, { logger: { warn: (message) => log.warn(message) } });
 */
export interface IamAuthLogger {
  /** Receives one line for each token signed or reused, and one for each login that ends. */
  debug?: ((message: string) => void) | undefined;
  /**
   * Receives warnings: settings that defeat the rate limit, drivers that work only in part, a failing limiter or Redis.
   * @default `process.emitWarning`
   */
  warn?: ((message: string) => void) | undefined;
  /** Receives the warnings of a logger that has no `warn`, such as winston with syslog's levels. */
  warning?: ((message: string) => void) | undefined;
}

/** Where this package logs, with both methods present. */
export interface Diagnostics {
  readonly debug: (message: string) => void;
  readonly warn: (message: string) => void;
}

/** A logger whose methods may be asynchronous. */
interface AnyLogger {
  debug?: ((message: string) => unknown) | undefined;
  warn?: ((message: string) => unknown) | undefined;
  warning?: ((message: string) => unknown) | undefined;
}

/** The user's logger. If it throws or rejects, the failure goes to `process.emitWarning` and the connection continues. */
export function createDiagnostics(given: IamAuthLogger = {}): Diagnostics {
  const logger: AnyLogger = given;
  const complain = (error: unknown) =>
    emitWarning(`sequelize-rds-iam: the logger failed: ${messageOf(error)}`);
  const withoutThrowing = (log: (message: string) => unknown) => (message: string) => {
    // The promise runs `log` at once.
    new Promise((resolve) => resolve(log(oneLine(message)))).catch(complain);
  };
  return {
    debug: withoutThrowing((message) => logger.debug?.(message)),
    warn: withoutThrowing((message) => {
      if (logger.warn !== undefined) return logger.warn(message);
      if (logger.warning !== undefined) return logger.warning(message);
      emitWarning(message);
      return undefined;
    }),
  };
}

function emitWarning(message: string): void {
  process.emitWarning(oneLine(message), { type: 'IamAuthWarning' });
}
