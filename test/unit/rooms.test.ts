import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import ts from 'typescript';
import EMULATOR_ROWS from '../../emulator/src/rooms.json';
import ROWS from '../../src/rooms.json';

const ROOT = join(__dirname, '../..');

/** An import of one file by another, both by their paths in the package's sources. */
type Edge = readonly [from: string, to: string];

/** The room of a file: its first folder, or itself at the top. */
const roomOf = (file: string) => file.split('/')[0] ?? file;

const sourcesOf = (folder: string) =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .sort();

/** All imports between files, of types too. */
const edgesOf = (folder: string, files: readonly string[]): Edge[] =>
  files.flatMap((file) => {
    const { importedFiles } = ts.preProcessFile(readFileSync(join(ROOT, folder, file), 'utf8'));
    return importedFiles
      .filter(({ fileName }) => fileName.startsWith('.') && !fileName.endsWith('.json'))
      .map(({ fileName }): Edge => [file, `${join(dirname(file), fileName)}.ts`]);
  });

/** The imports that do not go down to a lower row of rooms. */
function wrongEdges(all: readonly Edge[], rows: readonly (readonly string[])[] = ROWS): Edge[] {
  const rowOf = (file: string) => rows.findIndex((row) => row.includes(roomOf(file)));
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

describe.each([
  { folder: 'src', rows: ROWS },
  { folder: 'emulator/src', rows: EMULATOR_ROWS },
])('in $folder', ({ folder, rows }) => {
  const files = sourcesOf(folder);
  const edges = edgesOf(folder, files);

  it('every file is in a room, and every room has files', () => {
    expect([...new Set(files.map(roomOf))].sort()).toEqual(rows.flat().sort());
  });

  it('every import names a file that is there', () => {
    expect(edges.length).toBeGreaterThan(files.length);
    expect(edges.filter(([, to]) => !files.includes(to))).toEqual([]);
  });

  it('imports go down to a lower row of rooms, and no files import each other in a ring', () => {
    expect(wrongEdges(edges, rows)).toEqual([]);
    expect(cycles(edges)).toEqual([]);
  });
});

const edges = edgesOf('src', sourcesOf('src'));

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
