import { IamAuthError } from '../../src/errors';
import { packageRows } from '../../src/explanations/package';
import { isOneLine } from '../../src/untrusted';
import { demand } from './fuzzing';
import { SECRET } from './hostile-values';

const CODES: readonly string[] = packageRows.map(({ code }) => code);

/** What a call returns; `undefined` if it refuses, as the package may: with a known code, in one line, without a secret. */
export function accepted<T>(call: () => T): T | undefined {
  try {
    return call();
  } catch (error) {
    checkRefusal(error);
    return undefined;
  }
}

/** Throws the error on unless it is a refusal of this package. */
function checkRefusal(error: unknown): void {
  if (!(error instanceof IamAuthError)) throw error;
  const { code, message, fix = '', endpoint = '' } = error;
  demand(CODES.includes(code), `An unknown code: ${code}`);
  for (const text of [message, fix, endpoint]) {
    demand(isOneLine(text), `Several lines: ${JSON.stringify(text)}`);
    demand(!text.includes(SECRET), `A secret: ${text}`);
    demand(text.length < 5000, `A message of ${text.length} characters`);
  }
}
