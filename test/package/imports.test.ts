import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

const ROOT = join(__dirname, '../..');

/** All that run as an application does, with the package as it is built, and what they share. */
const FOLDERS = ['test/integration', 'test/package', 'test/fixtures'];

const files = FOLDERS.flatMap((folder) =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.[cm]?[jt]s$/.test(name))
    .map((name) => join(ROOT, folder, name)),
);

function importsOf(file: string): string[] {
  const specifiers = readFileSync(file, 'utf8').matchAll(
    /(?:\bfrom|\bimport|\brequire(?:Actual)?(?:<[^>]*>+)?|\bimport)\s*\(?\s*['"](\.[^'"]*)['"]/g,
  );
  return [...specifiers].map(([, specifier = '']) => resolve(dirname(file), specifier));
}

it('no integration test reaches into src/', () => {
  expect(files.length).toBeGreaterThan(80);
  const reaching = files.filter((file) =>
    importsOf(file).some((path) => path.startsWith(join(ROOT, 'src'))),
  );
  expect(reaching).toEqual([]);
});

it('the package’s name is the built package to a test', () => {
  const entries = ['', '/register', '/redis', '/doctor'].map((entry) =>
    require.resolve(`sequelize-rds-iam${entry}`),
  );
  expect(entries.map((path) => dirname(path))).toEqual(entries.map(() => join(ROOT, 'dist')));
});
