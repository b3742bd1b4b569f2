import type { Options } from 'prettier';

/** The text as Prettier formats it. Loads Prettier on first use: as it loads, it calls `import()`, which Jest refuses. */
export async function formatted(text: string, options: Options): Promise<string> {
  const { format } = await import('prettier');
  return format(text, options);
}
