import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

const ROOT = join(__dirname, '../..');

/** All that run as an application does, with the package as it is built. */
const FOLDERS = ['test/integration', 'test/package', 'test/fixtures', 'test/consumers'];

const files = FOLDERS.flatMap((folder) =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.[cm]?[jt]s$/.test(name))
    .map((name) => join(ROOT, folder, name)),
);

/** The files that one imports by a path, but for types alone. */
function importsOf(file: string): string[] {
  const specifiers = readFileSync(file, 'utf8').matchAll(
    /^(?!import type).*(?:\bfrom|\bimport|\brequire(?:Actual)?(?:<[^>]*>+)?)\s*\(?\s*['"](\.[^'"]*)['"]/gm,
  );
  return [...specifiers].flatMap(([, specifier = '']) => {
    const path = resolve(dirname(file), specifier);
    return ['', '.ts', '/index.ts'].map((end) => path + end).find((each) => isFile(each)) ?? [];
  });
}

const isFile = (path: string) => existsSync(path) && statSync(path).isFile();

it('no integration test reaches into src/, nor what it uses in test/', () => {
  expect(files.length).toBeGreaterThan(70);
  const reached = new Map(files.map((file) => [file, 'itself']));
  for (const [file] of reached) {
    if (!file.startsWith(join(ROOT, 'test'))) continue;
    for (const next of importsOf(file)) if (!reached.has(next)) reached.set(next, file);
  }
  const reaching = [...reached].filter(([file]) => file.startsWith(join(ROOT, 'src')));
  expect(reaching).toEqual([]);
});

it('the package’s name is the built package to a test', () => {
  const entries = ['', '/register', '/redis', '/doctor'].map((entry) =>
    require.resolve(`sequelize-rds-iam${entry}`),
  );
  expect(entries.map((path) => dirname(path))).toEqual(entries.map(() => join(ROOT, 'dist')));
});
