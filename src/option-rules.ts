import { refuseOption } from './errors';

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

/** Throws `ERR_IAM_AUTH_OPTIONS`, naming the option and the fix, unless every option is known and follows its rule. */
export function checkOptions(value: unknown, name: string, rules: Rules, subject = name): void {
  if (!isObject(value)) refuseType(subject, 'an object', show(value));
  for (const [key, member] of Object.entries(value)) {
    const path = `${name}.${key}`;
    const rule = Object.hasOwn(rules, key) ? rules[key] : undefined;
    if (rule === undefined) {
      refuseOption(
        `Unknown option ${path}; the known ones are ${Object.keys(rules).join(', ')}`,
        `correct or remove ${path}`,
      );
    }
    if (member === undefined) continue;
    if (!rule.accepts(member)) {
      refuseType(path, rule.expected, rule.isSecret ? `this ${typeof member}` : show(member));
    }
    const inner = rule.within?.(member);
    if (inner !== undefined) checkOptions(member, path, inner);
  }
}

/** The value as a message shows it. */
export function show(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value);
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
