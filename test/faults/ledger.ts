import { mariaDb, postgres } from '../harness/backend';
import { administer as administerMariaDb } from '../harness/mariadb-administration';
import { administer as administerPostgres } from '../harness/postgres-administration';
import type { Cell } from '../harness/cells';

/** How often the server has done what one query asked for: the rows of a write, or of a transaction's two halves. */
export type Done = ReadonlyMap<string, readonly number[]>;

/** The table that an application writes to, read and emptied past the emulator. */
export interface Ledger {
  readonly table: string;
  /** What was written since the last time. */
  take(): Promise<Done>;
  drop(): Promise<void>;
}

let ledgers = 0;

/** Creates an empty one in the database of the run. It has no key, so what is done twice is there twice. */
export async function createLedger(cell: Cell): Promise<Ledger> {
  ledgers += 1;
  const table = `ledger_${process.pid}_${ledgers}`;
  const run = sqlOf(cell);
  const name = cell.dialect === 'postgres' ? table : `app.${table}`;
  await run(`CREATE TABLE ${name} (id VARCHAR(60) NOT NULL, half INT NOT NULL)`);
  if (cell.dialect === 'postgres') await run(`GRANT ALL ON ${name} TO PUBLIC`);
  return {
    table,
    take: async () => {
      const rows = await run(`SELECT id, half FROM ${name} ORDER BY half`);
      await run(`DELETE FROM ${name}`);
      const done = new Map<string, number[]>();
      for (const { id, half } of rows)
        done.set(String(id), [...(done.get(String(id)) ?? []), Number(half)]);
      return done;
    },
    drop: async () => {
      await run(`DROP TABLE ${name}`);
    },
  };
}

type Run = (statement: string) => Promise<Record<string, unknown>[]>;

function sqlOf({ dialect }: Cell): Run {
  if (dialect !== 'postgres') {
    const server = administerMariaDb(mariaDb());
    return (statement) => server.sql(statement);
  }
  const server = administerPostgres(postgres());
  return (statement) => server.sql(statement, 'app');
}
