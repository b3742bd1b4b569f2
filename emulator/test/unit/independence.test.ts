import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import ts from 'typescript';

const ROOT = join(__dirname, '../../..');

/** All that the files of a folder import, relative paths made whole. */
const importsOf = (folder: string) =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .flatMap((file) => {
      const path = join(ROOT, folder, file);
      return ts
        .preProcessFile(readFileSync(path, 'utf8'))
        .importedFiles.map(({ fileName }) =>
          fileName.startsWith('.') ? resolve(dirname(path), fileName) : fileName,
        );
    });

// What verifies tokens proves nothing about a signer with which it shares code.
it.each([
  { folder: 'emulator/src', foreign: /sequelize-rds-iam|aws-sdk|smithy/, own: 'emulator/src/' },
  { folder: 'src', foreign: /emulator/, own: 'src/' },
])('$folder has nothing of the other package', ({ folder, foreign, own }) => {
  const imports = importsOf(folder);
  expect(imports.length).toBeGreaterThan(10);
  const files = imports.filter((path) => path.startsWith('/'));
  expect(files.filter((path) => !path.startsWith(join(ROOT, own)))).toEqual([]);
  expect(imports.filter((name) => !name.startsWith('/') && foreign.test(name))).toEqual([]);
});
