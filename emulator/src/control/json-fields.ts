/** What a request got wrong, in a sentence that names the field. */
export class BadRequest extends Error {}

/** Reads one value of a request; `name` is the field's, for the message. */
export type Reader<T> = (value: unknown, name: string) => T;

// The name of a request's whole body.
const BODY = 'The body';

const MAX_TIMER_MS = 2 ** 31 - 1;

/** A number between these bounds, both included. */
export const number =
  (min: number, max: number): Reader<number> =>
  (value, name) => {
    if (typeof value !== 'number' || !Number.isFinite(value) || value < min || value > max)
      throw new BadRequest(`${name} must be a number from ${min} to ${max}`);
    return value;
  };

/** A whole number between these bounds. */
export const integer =
  (min: number, max = Number.MAX_SAFE_INTEGER): Reader<number> =>
  (value, name) => {
    if (!Number.isInteger(value)) throw new BadRequest(`${name} must be a whole number`);
    return number(min, max)(value, name);
  };

/** A duration that a timer can wait. */
export const duration = number(0, MAX_TIMER_MS);

/** A text of at most 500 characters. */
export const text: Reader<string> = (value, name) => {
  if (typeof value !== 'string' || value === '' || value.length > 500)
    throw new BadRequest(`${name} must be a text of 1 to 500 characters`);
  return value;
};

/** One of these values. */
export const oneOf =
  <T extends string | boolean>(...values: readonly T[]): Reader<T> =>
  (value, name) => {
    const found = values.find((other) => other === value);
    if (found !== undefined) return found;
    const list = values.map((other) => JSON.stringify(other)).join(', ');
    throw new BadRequest(`${name} must be ${values.length > 1 ? `one of ${list}` : list}`);
  };

type Readers = Readonly<Record<string, Reader<unknown>>>;

/** The values that these readers read, none of which must be there. */
export type ReadBy<R extends Readers> = { readonly [K in keyof R]?: ReturnType<R[K]> };

/** An object of these fields and no others; `required` must be there. */
export const fields =
  <R extends Readers>(
    readers: R,
    required: readonly (keyof R & string)[] = [],
  ): Reader<ReadBy<R>> =>
  (value, name) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      throw new BadRequest(`${name} must be an object`);
    const prefix = name === BODY ? '' : `${name}.`;
    for (const field of required)
      if (!Object.hasOwn(value, field)) throw new BadRequest(`${prefix}${field} is missing`);
    const read = Object.entries(value).map(([field, given]) => {
      const reader = Object.hasOwn(readers, field) ? readers[field] : undefined;
      if (!reader) {
        const known = Object.keys(readers).join(', ');
        throw new BadRequest(`${prefix}${field} is unknown; there are ${known}`);
      }
      return [field, reader(given, `${prefix}${field}`)];
    });
    // Each value was read by the reader of its field.
    return Object.fromEntries(read) as ReadBy<R>;
  };

/** Reads a request's body, which is JSON; an empty one is an empty object. */
export function readBody<T>(body: string, reader: Reader<T>): T {
  let value: unknown;
  try {
    value = body === '' ? {} : JSON.parse(body);
  } catch {
    throw new BadRequest(`${BODY} is not JSON`);
  }
  return reader(value, BODY);
}
