import { UsageError } from '../../src/usage-error';

/** The message of the usage error that a call throws. */
export function usageMessage(call: () => unknown): string {
  try {
    call();
  } catch (error) {
    if (error instanceof UsageError) return error.message;
    throw error;
  }
  throw new Error('Nothing was thrown');
}
