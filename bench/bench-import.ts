import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { median } from './median';

const ROOT = join(__dirname, '..');
const PROCESSES = 21;

/** How long `require` of one file takes in a new process, in milliseconds, and how many files it loads. */
function load(file: string, before: string): { readonly ms: number; readonly files: number } {
  const code = `${before} const files = Object.keys(require.cache).length; const start = performance.now();
    require(${JSON.stringify(file)});
    console.log(performance.now() - start, Object.keys(require.cache).length - files);`;
  const [ms, files] = execFileSync(process.execPath, ['--eval', code], {
    cwd: ROOT,
    encoding: 'utf8',
  }).split(' ');
  return { ms: Number(ms), files: Number(files) };
}

/**
 * What it costs to load the built package, alone and on top of Sequelize; with the folder of another build of it (its `dist`), as a ratio
 * to that one, in turns.
 */
export function benchImport([other]: readonly string[]): Promise<number> {
  const builds = ['dist', ...(other === undefined ? [] : [other])].map((folder) =>
    join(resolve(ROOT, folder), 'index.js'),
  );
  const missing = builds.find((file) => !existsSync(file));
  if (missing !== undefined)
    return Promise.reject(new Error(`There is no ${missing}: run npm run build`));
  for (const [name, before] of [
    ['alone', ''],
    ['on top of Sequelize 6', "require('sequelize');"],
  ] as const) {
    const runs = Array.from({ length: PROCESSES }, () => builds.map((file) => load(file, before)));
    const medians = builds.map((_, index) => median(runs.map((run) => run[index]?.ms ?? NaN)));
    const [own = NaN, reference] = medians;
    const ratio =
      reference === undefined
        ? ''
        : `, ${(own / reference).toFixed(2)} of the other build's ${reference.toFixed(1)} ms`;
    console.log(
      `${name}: ${own.toFixed(1)} ms in ${runs[0]?.[0]?.files} files${ratio} (median of ${PROCESSES} processes, in turns)`,
    );
  }
  return Promise.resolve(0);
}
