import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { format, resolveConfig } from 'prettier';
import type { Undo } from '../../examples/demo/undo';
import { checkBuilt } from '../../test/harness/built-package';
import { peersChart } from './charts';
import type { Measure } from './measure';
import { churn } from './measures/churn';
import { credentials } from './measures/credentials';
import { growth } from './measures/growth';
import { install } from './measures/install';
import { logins } from './measures/logins';
import { memory } from './measures/memory';
import { start } from './measures/start';
import { storms } from './measures/storms';
import { peersTable, withTable, type Result } from './report';
import { startStage } from './stage';

const ROOT = join(__dirname, '../..');
const RESULTS = join(ROOT, 'bench/results.json');
const PAGE = join(ROOT, 'bench/RESULTS.md');
const MEASURES: readonly Measure[] = [
  storms,
  churn,
  logins,
  credentials,
  start,
  memory,
  install,
  growth,
];

/**
 * Races the package against what a user would pick instead, and writes bench/RESULTS.md and its charts. `--only` measures and replaces
 * one part, and may be repeated; `--quick` measures hardly anything, prints the table, and writes nothing. Returns 1 if a part failed, 2 for
 * a wrong argument.
 */
export async function benchPeers(args: readonly string[], undo: Undo): Promise<number> {
  const chosen = readArguments(args);
  if (chosen === undefined) return 2;
  build();
  const { isQuick, measures } = chosen;
  const stage = await startStage(undo);
  const results: Result[] = [];
  const context = { stage, isQuick, say: (line: string) => console.error(line) };
  for (const { name, title, run } of measures) {
    await stage.emulator.setLimit();
    const rows = await run(context).catch((error: unknown) => {
      console.error(`${name} failed:`, error);
      return undefined;
    });
    // What was measured before, and what comes next, is worth its time all the same.
    if (rows === undefined) continue;
    results.push({
      name,
      title,
      date: new Date().toISOString().slice(0, 10),
      machine: MACHINE,
      rows,
    });
    if (!isQuick) await write(results);
  }
  console.log(peersTable(results));
  return results.length === measures.length ? 0 : 1;
}

/** The race is run by what is built, from what is there now. */
function build(): void {
  try {
    checkBuilt();
  } catch {
    execFileSync('npm', ['run', '--silent', 'build'], { cwd: ROOT, stdio: 'inherit' });
  }
}

const MACHINE = `Node.js ${process.version}, ${cpus().length} cores (${cpus()[0]?.model.trim() ?? 'unknown'}), ${process.platform}`;

function readArguments(args: readonly string[]) {
  const names = MEASURES.map(({ name }) => name);
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        quick: { type: 'boolean', default: false },
        only: { type: 'string', multiple: true, default: [] },
      },
    });
    const unknown = values.only.filter((name) => !names.includes(name));
    if (unknown.length > 0) throw new Error(`There is no ${unknown.join(', ')}`);
    const measures = MEASURES.filter(
      ({ name }) => values.only.length === 0 || values.only.includes(name),
    );
    return { isQuick: values.quick, measures };
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    console.error(`npm run bench -- peers [--quick] [--only ${names.join('|')}]`);
    return undefined;
  }
}

/** Puts the new results in the place of the old ones of the same names, and draws everything anew. */
async function write(measured: readonly Result[]): Promise<void> {
  const old = existsSync(RESULTS) ? (JSON.parse(readFileSync(RESULTS, 'utf8')) as Result[]) : [];
  const results = MEASURES.flatMap(
    ({ name }) => [...measured, ...old].find((result) => result.name === name) ?? [],
  );
  await writeFormatted(RESULTS, JSON.stringify(results), 'json');
  await writeFormatted(PAGE, withTable(readFileSync(PAGE, 'utf8'), results), 'markdown');
  for (const { file, title, rows } of CHARTS)
    writeFileSync(join(ROOT, 'docs', file), peersChart(title, results, rows));
}

/** As `npm run format` would. */
async function writeFormatted(file: string, text: string, parser: string): Promise<void> {
  writeFileSync(file, await format(text, { ...(await resolveConfig(file)), parser }));
}

const succeeded = (name: string) => `${name}: queries that succeeded`;
const STORM_1000 = '1,000 at once, server accepts 20 per second';
const STORM_200 = '1,000 at once, server accepts 200 per second';

const CHARTS = [
  {
    file: 'peers-storms.svg',
    title: '1,000 connections wanted at once: how many can be used',
    rows: [
      { of: 'storms', label: succeeded(STORM_1000), as: 'The server accepts 20 logins per second' },
      { of: 'storms', label: succeeded(STORM_200), as: 'The server accepts 200 logins per second' },
    ],
  },
  {
    file: 'peers-costs.svg',
    title: 'What a login costs the application, without waiting',
    rows: [
      { of: 'logins', label: 'one root: CPU time of a login', as: 'CPU time, one root' },
      { of: 'logins', label: 'default roots: CPU time of a login', as: 'CPU time, default roots' },
      {
        of: 'logins',
        label: 'default roots, mysql2 3.9.8: CPU time of a login',
        as: 'CPU time, default roots, mysql2 3.9.8',
      },
      {
        of: 'start',
        label: 'cold start: from the start of a process to its first row',
        as: 'Cold start to the first row',
      },
    ],
  },
] as const;
