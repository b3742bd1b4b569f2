/** Fixes of several errors. */
export const ADD_IAM_AUTH =
  'Add IAM authentication to this Sequelize instance, which also sets TLS up';
export const KEEP_MEMORY_FREE =
  'Keep 300 to 1000 MiB of memory free for IAM authentication, and try again';
export const SET_HOSTNAME = 'Set iamAuth.endpoint.hostname to the name of the RDS endpoint';
export const USE_CURRENT_ROOTS =
  "Remove iamAuth.tls.ca and dialectOptions.ssl.ca to use the bundled roots, or set iamAuth.tls.ca to the Region's current bundle";
export const SET_CLOCK = 'Set the clock, for example with chrony and the Amazon Time Sync Service';

/** An error that a user may meet: how it is recognized, and how it is explained. */
export interface KnownError {
  /** The code in the explanation: the error's own code, SQLSTATE or class. */
  readonly code: string;
  /** Its message, for the documentation; `…` stands for what varies. */
  readonly message: string;
  /** Matches an error with one of these as its `code`, `errno`, `sqlState` or `name`. Default: `code`, without a `pattern`. */
  readonly codes?: readonly (string | number)[];
  /** Matches an error by its message. */
  readonly pattern?: RegExp;
  readonly cause: string;
  readonly fix: string;
  /** The server denied the login without a reason. */
  readonly isDenial?: true;
}
