import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { MUTATIONS } from './lines';
import type { Mutation } from './mutation';
import type { Result } from './run-mutations';

const DOCS = join(__dirname, '../../docs');

/** An entry of docs/mutations.json. */
export interface Entry extends Pick<Mutation, 'id' | 'file' | 'meaning' | 'test'> {
  readonly result: Result['verdict']['kind'];
  /** The name of the test that failed. */
  readonly caughtBy?: string;
}

/** A mutation, and what docs/mutations.json says of it. */
interface Reported {
  readonly mutation: Mutation;
  readonly entry: Entry;
}

/** Writes these results into docs/mutations.json and docs/mutations.md, in place of what was there for their mutations. */
export async function record(results: readonly Result[]): Promise<void> {
  const earlier = readEntries();
  const reported = MUTATIONS.flatMap((mutation): Reported[] => {
    const own = results.find((result) => result.mutation.id === mutation.id);
    const entry = own === undefined ? earlier.find(({ id }) => id === mutation.id) : entryOf(own);
    return entry === undefined ? [] : [{ mutation, entry }];
  });
  const options = await resolveConfig(join(DOCS, 'mutations.md'));
  const write = async (name: string, text: string, parser: string) =>
    writeFileSync(join(DOCS, name), await format(text, { ...options, parser }));
  await write('mutations.json', JSON.stringify(reported.map(({ entry }) => entry)), 'json');
  await write('mutations.md', pageOf(reported), 'markdown');
}

function readEntries(): Entry[] {
  // Written by `record`.
  return JSON.parse(readFileSync(join(DOCS, 'mutations.json'), 'utf8')) as Entry[];
}

function entryOf({ mutation, verdict }: Result): Entry {
  const { id, file, meaning, test } = mutation;
  const { kind: result } = verdict;
  return { id, file, meaning, test, result, ...('by' in verdict && { caughtBy: verdict.by }) };
}

/** The page for readers. */
function pageOf(reported: readonly Reported[]): string {
  const files = [...new Set(reported.map(({ mutation }) => mutation.file))];
  const caught = reported.filter(({ entry }) => entry.result === 'killed').length;
  return [
    '# Broken lines',
    `\`npm run mutations\` breaks ${reported.length} lines of the package, one at a time, and runs a test that must notice. ` +
      `Tests noticed ${caught} of them by an assertion. The command writes this page.`,
    ...files.flatMap((file) => [
      `## ${file.replace(/^src\//, '')}`,
      `[${file}](../${file})`,
      tableOf(reported.filter(({ mutation }) => mutation.file === file)),
    ]),
  ].join('\n\n');
}

function tableOf(reported: readonly Reported[]): string {
  const rows = reported.map(({ mutation, entry }) => {
    const { find, replace, meaning, test } = mutation;
    return `| ${code(find)} | ${code(replace)} | ${meaning} | ${said(entry)} ([test](../${test})) |`;
  });
  const head = ['| Line | Broken | What would be wrong | Caught by |', '| - | - | - | - |'];
  return [...head, ...rows].join('\n');
}

function said({ result, caughtBy }: Entry): string {
  if (caughtBy === undefined) return `**${result}**`;
  const name = cell(caughtBy).replace(/[[\]<>*_`]/g, '\\$&');
  return result === 'killed' ? name : `${name}, by a time-out only`;
}

/** Code on one line of a table's cell. */
function code(text: string): string {
  const line = cell(text);
  if (line === '') return 'nothing';
  return line.includes('`') ? `\`\` ${line} \`\`` : `\`${line}\``;
}

function cell(text: string): string {
  return text.trim().replace(/\s+/g, ' ').replaceAll('|', '\\|');
}
