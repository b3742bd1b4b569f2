import { MalformedError } from './credentials-error';

/** Throws unless a provider returned credentials: others would be held, and fail each signature until they are replaced. */
export function checkIdentity(identity: unknown): void {
  if (typeof identity !== 'object' || identity === null) {
    throw new MalformedError('the provider returned no credentials');
  }
  const { accessKeyId, secretAccessKey, sessionToken, expiration } = identity as Readonly<
    Record<string, unknown>
  >;
  check('accessKeyId', isText(accessKeyId), 'a non-empty string');
  check('secretAccessKey', isText(secretAccessKey), 'a non-empty string');
  check('sessionToken', isMissing(sessionToken) || typeof sessionToken === 'string', 'a string');
  check('expiration', isMissing(expiration) || isDate(expiration), 'a valid Date');
}

function check(name: string, isRight: boolean, expected: string): void {
  if (isRight) return;
  throw new MalformedError(`the provider returned credentials whose ${name} is not ${expected}`);
}

function isText(value: unknown): boolean {
  return typeof value === 'string' && value !== '';
}

function isMissing(value: unknown): boolean {
  return value === undefined || value === null;
}

/** A Date of any realm. */
function isDate(value: unknown): boolean {
  const getTime: unknown = Reflect.get(Object(value), 'getTime');
  return typeof getTime === 'function' && Number.isFinite(getTime.call(value));
}
