/** The error's code, or what it says where it has none; not `instanceof Error`: those of Node's sockets come from outside the test's realm. */
export function codeOf(error: unknown): string {
  if (typeof error === 'object' && error !== null) {
    if ('code' in error && typeof error.code === 'string') return error.code;
    if ('message' in error && typeof error.message === 'string') return error.message;
  }
  throw new Error('Something else than an error was thrown', { cause: error });
}
