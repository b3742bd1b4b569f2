import { IamAuthError } from '../src/errors';

/** The error that a call throws, which must be one of the package's own. */
export function caught(call: () => unknown): IamAuthError {
  try {
    call();
  } catch (error) {
    return own(error);
  }
  throw new Error('Nothing was thrown');
}

/** The error that a promise rejects with, which must be one of the package's own. */
export async function rejected(promise: Promise<unknown>): Promise<IamAuthError> {
  try {
    await promise;
  } catch (error) {
    return own(error);
  }
  throw new Error('Nothing was rejected');
}

function own(error: unknown): IamAuthError {
  if (error instanceof IamAuthError) return error;
  throw new Error('Not an IamAuthError', { cause: error });
}
