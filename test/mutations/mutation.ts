/** One line of the package, broken. */
export interface Mutation {
  readonly id: string;
  /** The path of the source file, from the repository's root. */
  readonly file: string;
  /** What is replaced. It occurs in the file exactly once, so that the list cannot go stale unnoticed. */
  readonly find: string;
  readonly replace: string;
  /** What the broken line would mean, in plain words. */
  readonly meaning: string;
  /** The test file that must go red. */
  readonly test: string;
  /** The pattern of the test's name, where the whole file would take long. */
  readonly only?: string;
}

/** What a group of mutations has in common. */
export type Shared = Pick<Mutation, 'file' | 'test'>;

type Own = Omit<Mutation, keyof Shared> & Partial<Shared>;

/** Mutations of one file, caught by one test file, unless one says otherwise. */
export function mutationsOf(shared: Shared, own: readonly Own[]): Mutation[] {
  return own.map((each) => ({ ...shared, ...each }));
}

/** Breaks the line. Throws unless it occurs exactly once. */
export function mutate(source: string, { id, file, find, replace }: Mutation): string {
  const parts = source.split(find);
  if (parts.length !== 2) {
    throw new Error(`${id}: its text occurs ${parts.length - 1} times in ${file}, not once`);
  }
  return parts.join(replace);
}

/** Whether a test needs servers and the built package. */
export function isIntegration(test: string): boolean {
  return !test.startsWith('test/unit/') || test.endsWith('.server.test.ts');
}
