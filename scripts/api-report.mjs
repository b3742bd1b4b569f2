/**
 * The API report: for each entry of both packages, all its public declarations in one file of api/, without comments. `node scripts/api-report.mjs`
 * writes it from dist/; with `--check` it compares, and its exit code is 1 if something differs. CI compares, so that a change of the API
 * is seen in its review.
 */
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import { rollup } from 'rollup';
import { dts } from 'rollup-plugin-dts';
import ts from 'typescript';

const root = new URL('../', import.meta.url);
const path = (file) => fileURLToPath(new URL(file, root));

/** The entries of a package that have declarations, with the file of api/ for each. */
function entriesOf(folder, prefix) {
  const manifest = JSON.parse(readFileSync(path(`${folder}/package.json`), 'utf8'));
  const external = [
    /^node:/,
    ...Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies }),
  ];
  return Object.values(manifest.exports)
    .map((target) => target.require?.types)
    .filter((types) => types !== undefined)
    .map((types) => ({
      types: `${folder}/${types}`,
      file: types.replace('./dist/', prefix),
      external,
    }));
}

const entries = [...entriesOf('.', ''), ...entriesOf('emulator', 'emulator-')];

/** The declarations of an entry, with those of the chunks that it shares with others. */
async function declarationsOf({ types, external }) {
  const bundle = await rollup({
    input: path(types),
    external,
    plugins: [dts()],
    // One entry has no declarations.
    logLevel: 'silent',
  });
  const { output } = await bundle.generate({ format: 'es' });
  await bundle.close();
  const source = ts.createSourceFile(types, output[0].code, ts.ScriptTarget.ES2022, true);
  const text = ts.createPrinter({ removeComments: true }).printFile(source);
  const options = await resolveConfig(path('package.json'));
  return format(text, { ...options, parser: 'typescript' });
}

const report = await Promise.all(
  entries.map(async (entry) => [entry.file, await declarationsOf(entry)]),
);
const kept = readdirSync(path('api')).filter((file) => file.endsWith('.d.ts'));
const gone = kept.filter((file) => !report.some(([written]) => written === file));

if (process.argv.includes('--check')) {
  const read = (file) => (kept.includes(file) ? readFileSync(path(`api/${file}`), 'utf8') : '');
  const changed = report.filter(([file, text]) => read(file) !== text).map(([file]) => file);
  for (const file of [...changed, ...gone]) {
    console.error(
      `api/${file} is not what the built package declares: if that is meant, run npm run api, and add a line to CHANGELOG.md`,
    );
  }
  if (changed.length + gone.length > 0) process.exitCode = 1;
} else {
  for (const [file, text] of report) writeFileSync(path(`api/${file}`), text);
  for (const file of gone) rmSync(path(`api/${file}`));
}
