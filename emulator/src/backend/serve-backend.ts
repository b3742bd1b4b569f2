import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { explain, prepareUsers, type Administration } from './administration';
import type { BackendAnswer, BackendOrder, FileOrder, PreparedBackend } from './backend-messages';
import type { BackendTarget } from './backend-url';
import { administerMySql } from './mysql-administration';
import { administerPostgres } from './postgres-administration';
import { UsageError } from '../usage-error';

const administer = (target: BackendTarget): Promise<Administration> =>
  target.protocol === 'mysql' ? administerMySql(target) : administerPostgres(target);

/** One backend from its preparation to its end; `end()` removes all that was made, and may be called at any time. */
export class BackendKeeper {
  readonly #order: BackendOrder;
  readonly #target: BackendTarget;
  readonly #created: string[] = [];
  readonly #paths: string[] = [];
  readonly #secrets: Set<string>;
  #preparation: Promise<PreparedBackend> | undefined;

  constructor(order: BackendOrder) {
    this.#order = order;
    this.#target = { ...order.target, database: order.createDatabase ?? order.target.database };
    this.#secrets = new Set([order.target.password]);
    for (const { password } of order.users) if (password) this.#secrets.add(password);
  }

  prepare(): Promise<PreparedBackend> {
    this.#preparation ??= this.#prepare();
    return this.#preparation;
  }

  removeAtEnd({ removeAtEnd }: FileOrder): void {
    this.#paths.push(removeAtEnd);
  }

  async end(): Promise<void> {
    // What is being created can only be removed afterwards.
    await this.#preparation?.catch(() => undefined);
    for (const path of this.#paths.splice(0)) rmSync(path, { recursive: true, force: true });
    const usernames = this.#order.keep ? [] : this.#created.splice(0);
    if (usernames.length === 0) return;
    const administration = await administer(this.#target);
    for (const username of usernames) await administration.remove(username);
  }

  /** An error for the user of the emulator: what to do, and no secret. */
  describe(error: unknown): BackendAnswer {
    const explained = explain(error, this.#target, this.#secrets);
    return { error: { message: explained.message, isUsage: explained instanceof UsageError } };
  }

  async #prepare(): Promise<PreparedBackend> {
    const { target, users: requested, createDatabase } = this.#order;
    if (createDatabase !== undefined)
      await (await administer(target)).createDatabase(createDatabase);
    const administration = await administer(this.#target);
    const users = await prepareUsers(administration, requested, ({ username, password }) => {
      this.#created.push(username);
      this.#secrets.add(password);
    });
    const folder = mkdtempSync(join(tmpdir(), 'rds-iam-emulator-'));
    this.#paths.push(folder);
    const { host, port, database } = this.#target;
    return {
      engine: administration.engine,
      host,
      port,
      database,
      users: Object.fromEntries(users.map((user) => [user.username, user])),
      created: [...this.#created],
      folder,
    };
  }
}
