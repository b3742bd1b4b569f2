/** A wrong option: the message names it and says what to write. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
