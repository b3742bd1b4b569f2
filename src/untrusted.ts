/** What other code passes in may be anything: a proxy, an object of getters, a text with control characters. */

/** Longer texts are an attack on logs, or a whole file. */
const MAX_TEXT = 2000;
/** Control, format and separator characters, which a terminal or a reader of logs would obey, and halves of pairs. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/** The text, cut where it is longer than a message needs to be. */
export function shortened(text: string): string {
  return text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text;
}

/** The text in one line, with its control characters escaped, so that it can neither forge a line nor change its neighbors. */
export function oneLine(text: string): string {
  return text.replace(UNPRINTABLE, escaped);
}

/** Whether a text is the same in one line. */
export function isOneLine(text: string): boolean {
  return oneLine(text) === text;
}

function escaped(character: string): string {
  if (character === '\n') return '\\n';
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}

/** The longest text in a message. A host name has 253 characters at most. */
const MAX_SHOWN = 300;

/** The text in quotation marks, shortened, and without what may be the user and the password of a URL. */
export function quoted(text: string): string {
  return JSON.stringify(withoutPassword(text).slice(0, MAX_SHOWN));
}

/** The text without what may be the user and the password of a URL. */
export function withoutPassword(text: string): string {
  const at = text.lastIndexOf('@');
  return at === -1 ? text : `…${text.slice(at)}`;
}

/** What `read` returns, or `undefined` if it throws. */
export function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    // The value refuses to be read, so there is nothing to know about it.
    return undefined;
  }
}

/** A property of any value; `undefined` if it has none or throws. */
export function propertyOf(value: unknown, name: PropertyKey): unknown {
  return attempt((): unknown => Reflect.get(Object(value) as object, name));
}

/** Any value as text. */
export function textOf(value: unknown): string {
  return attempt(() => String(value)) ?? `an unreadable ${typeof value}`;
}

/** A copy of the own properties, without a prototype, so that `Object.prototype` adds none. */
export function ownCopy<T extends object>(value: T): T {
  return Object.assign(Object.create(null) as T, value);
}
