import { isError } from '../errors';
import { propertyOf } from '../untrusted';

/** What codes and class names look like. Anything else may be a message, and messages may name users. */
const CODE = /^\w{1,64}$/;

/**
 * The code of an error, of the driver's error that Sequelize wraps, or the error's name: never its message.
 * `undefined` for what is no error, or has neither.
 */
export function errorCodeOf(error: unknown): string | undefined {
  if (!isError(error)) return undefined;
  const parent = propertyOf(error, 'parent') ?? propertyOf(error, 'cause');
  const codes = [error, parent].map((each) => propertyOf(each, 'code'));
  return [...codes, propertyOf(error, 'name')].find(isCode);
}

function isCode(value: unknown): value is string {
  return typeof value === 'string' && CODE.test(value);
}
