/** What the consumers are made of: the tables in projects/ hold nothing else. */

export type Engine = 'mysql' | 'postgres';
export type Manager = 'npm' | 'pnpm' | 'yarn';

/** Files by their path in the project; what is no text is written as JSON. */
export type Files = Readonly<Record<string, string | object>>;

/** A program of a project, run as its users would: a row of the table. */
export interface Application {
  readonly name: string;
  /**
   * Shell commands, in the project's folder and with its programs on the PATH. `$OUT` is an empty folder elsewhere.
   * By default, all of them end well, `visits` rows have been inserted, and nothing that was printed holds a secret.
   */
  readonly run: readonly string[];
  readonly engine?: Engine;
  readonly visits?: number;
  /** What the output must say. */
  readonly prints?: RegExp;
  /** The last command must fail, the output say this, and nobody visit. */
  readonly fails?: RegExp;
  /** Why it does not work, where that is not this package's doing. It must then fail indeed. */
  readonly upstream?: string;
}

/** A folder outside the repository, in which the packed package and others are installed once. */
export interface Project {
  readonly name: string;
  readonly manager?: Manager;
  /** Dependencies beside the packed package. */
  readonly packages: Readonly<Record<string, string>>;
  readonly files: Files;
  readonly applications: readonly Application[];
}

/** How a program ended. */
export interface Ended {
  readonly exitCode: number | null;
  readonly output: string;
}

/** How a row of the table turned out. */
export interface Outcome {
  readonly kind: 'ok' | 'fails' | 'upstream';
  readonly reason?: string;
}
