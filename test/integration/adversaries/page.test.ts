import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { nameOf } from '../../adversaries/adversary';
import { linkOf, type Entry } from '../../adversaries/report';
import { adversaries, cellsOf } from '../../adversaries/table';
import { ROOT } from '../../harness/child';
import { tableCells } from '../../harness/markdown';

const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');
const page = read('docs/adversaries.md');
const entries = JSON.parse(read('docs/adversaries.json')) as Entry[];

it('docs/adversaries.json lists every adversary in every cell, and no other', () => {
  const expected = adversaries.flatMap((adversary) =>
    cellsOf(adversary).map((cell) => `${adversary.id} ${nameOf(cell)}`),
  );
  expect(new Set(expected).size).toBe(expected.length);
  expect(entries.map(({ adversary, cell }) => `${adversary} ${cell}`)).toEqual(expected);
});

it('docs/adversaries.json has no byte of a token, but of those to whom it is due', () => {
  const lost = entries.filter(({ received, hashes }) => received + hashes > 0);
  const due = adversaries.filter((adversary) => adversary.due !== undefined);
  expect([...new Set(lost.map(({ adversary }) => adversary))].sort()).toEqual(
    due.map(({ id }) => id).sort(),
  );
});

it('docs/adversaries.md links each adversary to the line of its experiment', () => {
  const [, ...rows] = tableCells(page);
  expect(rows.map(([link]) => link)).toEqual(adversaries.map(({ id }) => `[${id}](${linkOf(id)})`));
});
