import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import ts from 'typescript';
import ROWS from '../../src/rooms.json';

const SOURCES = join(__dirname, '../../src');

/** An import of one file by another, both by their paths in src/. */
type Edge = readonly [from: string, to: string];

const files = readdirSync(SOURCES, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .sort();

/** The room of a file: its first folder, or itself at the top. */
const roomOf = (file: string) => file.split('/')[0] ?? file;

/** All imports between files, of types too. */
const edges: Edge[] = files.flatMap((file) => {
  const { importedFiles } = ts.preProcessFile(readFileSync(join(SOURCES, file), 'utf8'));
  return importedFiles
    .filter(({ fileName }) => fileName.startsWith('.') && !fileName.endsWith('.json'))
    .map(({ fileName }): Edge => [file, `${join(dirname(file), fileName)}.ts`]);
});

/** The imports that do not go down to a lower row of rooms. */
function wrongEdges(all: readonly Edge[]): Edge[] {
  const rowOf = (file: string) => ROWS.findIndex((row) => row.includes(roomOf(file)));
  return all.filter(([from, to]) => roomOf(from) !== roomOf(to) && rowOf(from) >= rowOf(to));
}

/** The files that lead back to themselves. */
function cycles(all: readonly Edge[]): string[] {
  const importsOf = (file: string) => all.filter(([from]) => from === file).map(([, to]) => to);
  return [...new Set(all.flat())].filter((start) => {
    const reached = new Set(importsOf(start));
    for (const file of reached) for (const next of importsOf(file)) reached.add(next);
    return reached.has(start);
  });
}

it('every file of src/ is in a room, and every room has files', () => {
  expect([...new Set(files.map(roomOf))].sort()).toEqual(ROWS.flat().sort());
});

it('every import names a file that is there', () => {
  expect(edges.length).toBeGreaterThan(files.length);
  expect(edges.filter(([, to]) => !files.includes(to))).toEqual([]);
});

it('imports go down to a lower row of rooms, and no files import each other in a ring', () => {
  expect(wrongEdges(edges)).toEqual([]);
  expect(cycles(edges)).toEqual([]);
});

it.each([
  ['upwards', ['token/token-cache.ts', 'login/admission.ts']],
  ['to a room beside its own', ['token/token-cache.ts', 'dialects/mysql.ts']],
  ['to an entry', ['cli/doctor.ts', 'doctor.ts']],
] satisfies [string, Edge][])('an import %s would be noticed', (_, edge) => {
  expect(wrongEdges([...edges, edge])).toEqual([edge]);
});

it('a ring of files within a room would be noticed', () => {
  const back: Edge = ['limiter/contract.ts', 'limiter/memory-queue.ts'];
  expect(cycles([...edges, back])).toContain('limiter/contract.ts');
});
