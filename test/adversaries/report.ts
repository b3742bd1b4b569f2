import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../harness/child';
import type { Adversary, CellName } from './adversary';
import type { Result } from './attempt';
import type { Row } from './verdict';

const FAMILIES = 'test/adversaries/families';

/** One entry of docs/adversaries.json. */
export interface Entry {
  readonly adversary: string;
  readonly cell: CellName;
  /** The bytes of the token, and of hashes of it, that the adversary got. */
  readonly received: number;
  readonly hashes: number;
  /** The code of the error, as `explainError` gives it; `none` where the query succeeds. */
  readonly code: string;
  readonly message: string;
  /** The same with a hook by hand, where it was tried. */
  readonly byHand?: { readonly received: number; readonly hashes: number };
}

/** What a driver said, without what differs from run to run. */
function messageOf({ message }: Result): string {
  return message
    .replace(/ \(IAM authentication for .*/s, '')
    .replace(/mydb\d+v\d+/g, 'mydb')
    .replace(/[0-9A-F]{12,}:error/g, 'error')
    .replace(/127\.0\.0\.1:\d+/g, '127.0.0.1:PORT')
    .replaceAll(ROOT, '')
    .replace(/\s+/g, ' ')
    .slice(0, 200);
}

export function entriesOf(rows: readonly Row[]): Entry[] {
  return rows.map(({ id, cell, withPackage, byHand }) => ({
    adversary: id,
    cell,
    received: withPackage.bytes,
    hashes: withPackage.proof,
    code: withPackage.code,
    message: messageOf(withPackage),
    ...(byHand && { byHand: { received: byHand.bytes, hashes: byHand.proof } }),
  }));
}

/** Where an adversary's experiment is, as a link from docs. */
export function linkOf(id: string): string {
  for (const file of readdirSync(join(ROOT, FAMILIES))) {
    const lines = readFileSync(join(ROOT, FAMILIES, file), 'utf8').split('\n');
    const line = lines.findIndex((text) => text.includes(`'${id}'`));
    if (line >= 0) return `../${FAMILIES}/${file}#L${line + 1}`;
  }
  throw new Error(`No file has the adversary ${id}`);
}

const DRIVERS = { mysql: 'mysql2', mariadb: 'mariadb', postgres: 'pg' } as const;

/** Each value once, with the drivers that it is of where not of all. */
function summary(entries: readonly Entry[], valueOf: (entry: Entry) => string): string {
  const cellsOf = new Map<string, CellName[]>();
  for (const entry of entries) {
    const value = valueOf(entry);
    cellsOf.set(value, [...(cellsOf.get(value) ?? []), entry.cell]);
  }
  const [only] = cellsOf.keys();
  if (cellsOf.size === 1 && only !== undefined) return only;
  return [...cellsOf].map(([value, cells]) => `${value} (${driversOf(cells, entries)})`).join(', ');
}

function driversOf(cells: readonly CellName[], entries: readonly Entry[]): string {
  return Object.entries(DRIVERS)
    .flatMap(([dialect, driver]) => {
      const own = cells.filter((cell) => cell.startsWith(dialect));
      const all = entries.filter(({ cell }) => cell.startsWith(dialect));
      if (own.length === 0) return [];
      return own.length === all.length
        ? [driver]
        : own.map((cell) => `${driver} with ${cell.slice(-1)}`);
    })
    .join(', ');
}

function handOf({ byHand }: Entry): string {
  if (byHand === undefined) return '–';
  if (byHand.received > 0) return 'the token';
  return byHand.hashes > 0 ? 'a hash' : '0';
}

const codeOf = ({ code }: Entry) => (code === 'none' ? 'no error' : `\`${code}\``);

/** The table of the page, one row for each adversary. */
export function tableOf(adversaries: readonly Adversary[], entries: readonly Entry[]): string {
  const lines = adversaries.map(({ id, who, does }) => {
    const own = entries.filter(({ adversary }) => adversary === id);
    const received = summary(own, (entry) =>
      entry.received > 0 ? 'the token' : String(entry.received + entry.hashes),
    );
    const cells = [`[${id}](${linkOf(id)})`, `${who}: ${does}`, received];
    return `| ${[...cells, summary(own, handOf), summary(own, codeOf)].join(' | ')} |`;
  });
  const header = ['Adversary', 'Who, and what it does', 'Bytes', 'By hand', 'The application sees'];
  return [`| ${header.join(' | ')} |`, '| --- | --- | --- | --- | --- |', ...lines].join('\n');
}
