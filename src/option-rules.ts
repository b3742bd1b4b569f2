import { IamAuthError, refuseOption } from './errors';
import { attempt, ownCopy, quoted } from './untrusted';

/** A rule for the value of an option. */
export interface Rule {
  /** Completes "must be …". */
  readonly expected: string;
  readonly accepts: (value: unknown) => boolean;
  /** The rules of its own options, where the value is an object of options. */
  readonly within?: (value: unknown) => Rules | undefined;
  /** Keeps the value out of every message. */
  readonly isSecret?: true;
}

export type Rules = Readonly<Record<string, Rule>>;

export const text: Rule = {
  expected: 'a non-empty string',
  accepts: (value) => typeof value === 'string' && value !== '',
};

/** 2^31 ms is the longest that a timer of Node's can wait. */
export const positive: Rule = {
  expected: 'a number above 0 and below 2^31',
  accepts: (value) => typeof value === 'number' && value > 0 && value < 2 ** 31,
};

export const count: Rule = {
  expected: 'a whole number above 0',
  accepts: (value) => Number.isInteger(value) && Number(value) > 0,
};

export const port: Rule = {
  expected: 'a port, from 1 to 65535',
  accepts: (value) => count.accepts(value) && Number(value) < 65_536,
};

export const logger: Rule = {
  expected: 'an object whose debug, warn and warning, where present, are functions',
  accepts: (value) =>
    isObject(value) &&
    ['debug', 'warn', 'warning'].every((name) => {
      const method: unknown = Reflect.get(value, name);
      return method === undefined || typeof method === 'function';
    }),
};

/** An object of options, all optional, or a value that `isAlternative` accepts. */
export function objectOf(
  rules: Rules,
  isAlternative: (value: unknown) => boolean = () => false,
): Rule {
  return {
    expected: 'an object',
    accepts: (value) => isAlternative(value) || isObject(value),
    within: (value) => (isAlternative(value) ? undefined : rules),
  };
}

/**
 * Returns a copy of the options, which holds what was checked, however the given object changes. It has no prototype.
 * Throws `ERR_IAM_AUTH_OPTIONS`, naming the option and the fix, unless every option is known and follows its rule.
 */
export function checkedOptions<Options extends object>(
  value: Options,
  name: string,
  rules: Rules,
  subject = name,
): Options {
  if (attempt(() => isObject(value)) !== true) refuseType(subject, 'an object', show(value));
  const options = readableCopy(value, subject);
  for (const [key, member] of Object.entries<unknown>(options as Record<string, unknown>)) {
    const path = `${name}.${key}`;
    const rule = Object.hasOwn(rules, key) ? rules[key] : undefined;
    if (rule === undefined) {
      refuseOption(
        `Unknown option ${path}; the known ones are ${Object.keys(rules).join(', ')}`,
        `correct or remove ${path}`,
      );
    }
    if (member === undefined) continue;
    const inner = attempt(() => rule.accepts(member) && { rules: rule.within?.(member) });
    if (inner === undefined || inner === false) {
      refuseType(path, rule.expected, rule.isSecret ? `this ${typeof member}` : show(member));
    }
    if (inner.rules === undefined) continue;
    Reflect.set(options, key, checkedOptions(member as object, path, inner.rules));
  }
  return options;
}

/**
 * A copy of the own options, without a prototype. What is no object stays what it is, for `checkedOptions` to refuse.
 * Throws `ERR_IAM_AUTH_OPTIONS` if one of the options throws.
 */
export function readableCopy<Options extends object>(options: Options, name: string): Options {
  return typeof options === 'object' ? reading(name, () => ownCopy(options)) : options;
}

/** What `read` returns. Throws `ERR_IAM_AUTH_OPTIONS` for what a getter or a proxy among these options throws. */
export function reading<T>(name: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    if (cause instanceof IamAuthError) throw cause;
    return refuseOption(`${name} cannot be read`, `pass plain options as ${name}`, cause);
  }
}

/** The value as a message shows it. */
export function show(value: unknown): string {
  if (typeof value === 'string') return quoted(value);
  return typeof value === 'number' || typeof value === 'boolean' || value === null
    ? String(value)
    : `this ${typeof value}`;
}

function refuseType(name: string, expected: string, given: string): never {
  refuseOption(`${name} must be ${expected}, not ${given}`, `correct ${name}`);
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
