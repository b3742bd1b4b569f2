import { isDeepStrictEqual, types } from 'node:util';
import { attempt } from '../untrusted';

/** Options are no deeper. What contains itself is. */
const MAX_DEPTH = 6;

/**
 * Whether two option values mean the same. `undefined` counts as unset. Instances of classes (limiters, clients) equal only
 * themselves, because their private fields cannot be compared. So does what cannot be read.
 */
export function isSame(one: unknown, other: unknown): boolean {
  return attempt(() => isSameWithin(MAX_DEPTH, one, other)) === true;
}

function isSameWithin(depth: number, one: unknown, other: unknown): boolean {
  if (Object.is(one, other)) return true;
  if (depth === 0) return false;
  if (Array.isArray(one) && Array.isArray(other)) {
    return (
      one.length === other.length &&
      one.every((item, index) => isSameWithin(depth - 1, item, other[index]))
    );
  }
  if (types.isDate(one) || ArrayBuffer.isView(one)) return isDeepStrictEqual(one, other);
  if (!isPlain(one) || !isPlain(other)) return false;
  return Object.keys({ ...one, ...other }).every((name) =>
    isSameWithin(depth - 1, one[name], other[name]),
  );
}

function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  // Compared by its prototype's prototype: another realm, such as a test runner's sandbox, has another `Object`.
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}
