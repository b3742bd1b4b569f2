import { setTimeout as delay } from 'node:timers/promises';
import { explainError } from 'sequelize-rds-iam';
import type { AnySequelize, Cell } from '../harness/cells';

export type QueryKind = 'read' | 'write' | 'transaction' | 'long';

/** One query of the application, or one transaction. Instants are on the monotonic clock. */
export interface QueryResult {
  readonly id: string;
  readonly kind: QueryKind;
  readonly startedAt: number;
  readonly endedAt: number;
  /** Missing if it succeeded. */
  readonly error?: { readonly code: string; readonly message: string };
}

/** What became of queries. */
export interface Accounts {
  readonly results: readonly QueryResult[];
  /** Those that had not ended when they were no longer waited for. */
  readonly hanging: readonly Pick<QueryResult, 'kind' | 'startedAt'>[];
}

/** How many of each kind run at any time. */
export type Crew = Readonly<Record<QueryKind, number>>;
const CREW: Crew = { read: 4, write: 2, transaction: 2, long: 1 };
export const KINDS = Object.keys(CREW) as readonly QueryKind[];
const PAUSE_MS = 40;
const LONG_S = 0.3;
const READ = { type: 'SELECT' };

/** An application at work: readers, writers and transactions, short and long, one query after another each. */
export class Workload {
  readonly #sequelize: AnySequelize;
  readonly #cell: Cell;
  readonly #table: string;
  readonly #name: string;
  readonly #members: Crew;
  readonly #results: QueryResult[] = [];
  readonly #running = new Map<string, { kind: QueryKind; startedAt: number }>();
  #crew: Promise<void>[] = [];
  #isStopped = false;
  #last = 0;

  constructor(sequelize: AnySequelize, cell: Cell, table: string, name: string, crew: Crew = CREW) {
    this.#sequelize = sequelize;
    this.#cell = cell;
    this.#table = table;
    this.#name = name;
    this.#members = crew;
  }

  get results(): readonly QueryResult[] {
    return this.#results;
  }

  start(): void {
    this.#crew = KINDS.flatMap((kind) =>
      Array.from({ length: this.#members[kind] }, () => this.#work(kind)),
    );
  }

  /** Starts no more queries, and waits for those that run. Resolves to those that have not ended by then. */
  async stop(withinMs: number): Promise<{ kind: QueryKind; startedAt: number }[]> {
    this.#isStopped = true;
    const stopped = new AbortController();
    const bound = delay(withinMs, undefined, { signal: stopped.signal }).catch(() => undefined);
    await Promise.race([Promise.all(this.#crew), bound]);
    stopped.abort();
    return [...this.#running.values()];
  }

  async #work(kind: QueryKind): Promise<void> {
    while (!this.#isStopped) {
      const id = `${this.#name}-${(this.#last += 1)}`;
      const startedAt = performance.now();
      this.#running.set(id, { kind, startedAt });
      const error = await this.#query(kind, id).then(() => undefined, describeFailure);
      this.#running.delete(id);
      const endedAt = performance.now();
      this.#results.push({ id, kind, startedAt, endedAt, ...(error && { error }) });
      await delay(PAUSE_MS);
    }
  }

  async #query(kind: QueryKind, id: string): Promise<unknown> {
    const insert = (half: number) =>
      `INSERT INTO ${this.#table} (id, half) VALUES ('${id}', ${half})`;
    switch (kind) {
      case 'read':
        return this.#sequelize.query('SELECT 1', READ);
      case 'long':
        return this.#sequelize.query(this.#cell.sleep(LONG_S), READ);
      case 'write':
        return this.#sequelize.query(insert(0));
      case 'transaction':
        return this.#sequelize.transaction(async (transaction) => {
          await this.#sequelize.query(insert(1), { transaction });
          await this.#sequelize.query(insert(2), { transaction });
        });
    }
  }
}

/** What is kept of an error. */
export function describeFailure(error: unknown): { code: string; message: string } {
  return { code: explainError(error).code, message: String(error) };
}
