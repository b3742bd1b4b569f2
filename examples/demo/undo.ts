/** What was started, to be stopped in the opposite order. */
export class Undo {
  readonly #steps: (() => Promise<unknown>)[] = [];

  add(step: () => Promise<unknown>): void {
    this.#steps.push(step);
  }

  /** Runs every step, whatever the others do; returns what went wrong. */
  async run(): Promise<Error[]> {
    const errors: Error[] = [];
    for (let step = this.#steps.pop(); step !== undefined; step = this.#steps.pop()) {
      await step().catch((error: unknown) =>
        errors.push(error instanceof Error ? error : new Error(String(error))),
      );
    }
    return errors;
  }
}
