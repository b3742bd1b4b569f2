import { messageOf } from './errors';

/**
 * Where the package logs: `console`, pino, winston, or any object with these methods. No message contains a token or a credential.
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

/** The user's logger. If it throws, the failure goes to `process.emitWarning` and the connection continues. */
export function createDiagnostics(logger: IamAuthLogger = {}): Diagnostics {
  const withoutThrowing = (log: (message: string) => void) => (message: string) => {
    try {
      log(message);
    } catch (error) {
      emitWarning(`sequelize-rds-iam: the logger failed: ${messageOf(error)}`);
    }
  };
  return {
    debug: withoutThrowing((message) => logger.debug?.(message)),
    warn: withoutThrowing((message) => {
      if (logger.warn !== undefined) logger.warn(message);
      else if (logger.warning !== undefined) logger.warning(message);
      else emitWarning(message);
    }),
  };
}

function emitWarning(message: string): void {
  process.emitWarning(message, { type: 'IamAuthWarning' });
}
