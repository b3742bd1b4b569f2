import { IamAuthError } from '../../src/errors';
import { explainError } from '../../src/explanations/explain-error';

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
  if (!(error instanceof IamAuthError)) throw new Error('Not an IamAuthError', { cause: error });
  checkFix(error);
  return error;
}

/** Whichever error a test meets: its remedy is a sentence, ends its message, and is what `explainError` advises. */
function checkFix(error: IamAuthError): void {
  const { fix, message } = error;
  if (fix === undefined) return;
  expect(fix).toMatch(/^\w.*[^.:]$/);
  expect(message.endsWith(`: ${fix}`)).toBe(true);
  const wrapped = Object.assign(new Error(message), {
    name: 'SequelizeConnectionError',
    parent: error,
  });
  for (const thrown of [error, wrapped]) expect(explainError(thrown).fix).toBe(fix);
}
