/** Colours, or none. */
export interface Paint {
  readonly good: (text: string) => string;
  readonly bad: (text: string) => string;
  readonly line: (text: string) => string;
  readonly bold: (text: string) => string;
}

const color = (code: number) => (text: string) => `\u001B[${code}m${text}\u001B[0m`;
const plain = (text: string) => text;

/** Colours for a terminal, unless NO_COLOR is set. */
export function paintFor(
  output: { readonly isTTY?: boolean },
  env: { readonly NO_COLOR?: string | undefined },
): Paint {
  return output.isTTY && !env.NO_COLOR
    ? { good: color(32), bad: color(31), line: color(33), bold: color(1) }
    : { good: plain, bad: plain, line: plain, bold: plain };
}
