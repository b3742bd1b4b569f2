import type { Backend } from '../backend/start-backend';
import type { StartEmulatorOptions } from './emulator-types';
import { openDatabase } from './open-database';
import { protocolOf } from './open-endpoint';
import { UsageError } from '../usage-error';

/** The databases to which the name of the endpoint has led so far. */
export class Databases {
  readonly first: Backend;
  readonly #options: StartEmulatorOptions;
  readonly #byUrl = new Map<string, Backend>();

  private constructor(options: StartEmulatorOptions, first: Backend) {
    this.#options = options;
    this.first = first;
    this.#byUrl.set(options.backend ?? '', first);
  }

  static async open(options: StartEmulatorOptions): Promise<Databases> {
    return new Databases(options, await openDatabase(options));
  }

  /**
   * The database at this URL, with the same users.
   *
   * @throws {UsageError} when it cannot take over.
   */
  async another(url: string): Promise<Backend> {
    const known = this.#byUrl.get(url);
    if (known) return known;
    const { users, keep = false } = this.#options;
    const backend = await openDatabase({ backend: url, users, keep });
    this.#byUrl.set(url, backend);
    if (protocolOf(backend) !== protocolOf(this.first))
      throw new UsageError(
        `${backend.engine} cannot take over from ${this.first.engine}: name a database of the same engine`,
      );
    return backend;
  }

  /** Removes what was created in each of them; rejects when something could not be removed. */
  async close(): Promise<void> {
    const results = await Promise.allSettled([...this.#byUrl.values()].map(({ close }) => close()));
    for (const result of results) if (result.status === 'rejected') throw result.reason;
  }
}
