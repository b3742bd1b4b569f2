import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import type { Mutation } from './mutation';
import type { Result } from './run-mutations';

const DOCS = join(__dirname, '../../docs');

/** An entry of docs/mutations.json. */
export interface Entry extends Pick<Mutation, 'id' | 'file' | 'meaning' | 'test'> {
  readonly result: Result['verdict']['kind'];
  /** The name of the test that failed. */
  readonly caughtBy?: string;
}

/** Writes docs/mutations.md and docs/mutations.json. */
export async function writeReport(results: readonly Result[]): Promise<void> {
  const entries = results.map(({ mutation, verdict }): Entry => {
    const { id, file, meaning, test } = mutation;
    const { kind: result } = verdict;
    return { id, file, meaning, test, result, ...('by' in verdict && { caughtBy: verdict.by }) };
  });
  const options = await resolveConfig(join(DOCS, 'mutations.md'));
  const write = async (name: string, text: string, parser: string) =>
    writeFileSync(join(DOCS, name), await format(text, { ...options, parser }));
  await write('mutations.json', JSON.stringify(entries), 'json');
  await write('mutations.md', pageOf(results), 'markdown');
}

/** The page for readers. */
function pageOf(results: readonly Result[]): string {
  const files = [...new Set(results.map(({ mutation }) => mutation.file))];
  const caught = results.filter(({ verdict }) => verdict.kind === 'killed').length;
  return [
    '# Broken lines',
    `\`npm run mutations\` breaks ${results.length} lines of the package, one at a time, and runs a test that must notice. ` +
      `Tests noticed ${caught} of them by an assertion. The command writes this page.`,
    ...files.flatMap((file) => [
      `## ${file.replace(/^src\//, '')}`,
      `[${file}](../${file})`,
      tableOf(results.filter(({ mutation }) => mutation.file === file)),
    ]),
  ].join('\n\n');
}

function tableOf(results: readonly Result[]): string {
  const rows = results.map(({ mutation, verdict }) => {
    const { find, replace, meaning, test } = mutation;
    return `| ${code(find)} | ${code(replace)} | ${meaning} | ${said(verdict)} ([test](../${test})) |`;
  });
  const head = ['| Line | Broken | What would be wrong | Caught by |', '| - | - | - | - |'];
  return [...head, ...rows].join('\n');
}

function said(verdict: Result['verdict']): string {
  if (verdict.kind === 'survived' || verdict.kind === 'broken') return `**${verdict.kind}**`;
  const name = cell(verdict.by).replace(/[[\]<>*_`]/g, '\\$&');
  return verdict.kind === 'killed' ? name : `${name}, by a time-out only`;
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
