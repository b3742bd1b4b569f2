/** One error that a user may meet: how it is recognised, and how it is explained. */
export interface KnownError {
  /** What the explanation calls it: the error's own code, SQLSTATE or class. */
  readonly code: string;
  /** How it reads, for documents; `…` stands for what varies. */
  readonly message: string;
  /** It has one of these as its `code`, `errno`, `sqlState` or `name`, … */
  readonly codes?: readonly (string | number)[];
  /** … or its message matches. */
  readonly pattern?: RegExp;
  readonly cause: string;
  readonly fix: string;
  /** A refused login whose reason the client is not told. */
  readonly isDenial?: true;
}
