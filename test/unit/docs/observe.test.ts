import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { sectionOf, tableCells } from '../../harness/markdown';

const ROOT = join(__dirname, '../../..');
const page = readFileSync(join(ROOT, 'docs/observe.md'), 'utf8');
const interfaces = [
  'src/observe/channels.ts',
  'src/login/login-trace.ts',
  'src/login/stats.ts',
].flatMap((file) => {
  const text = readFileSync(join(ROOT, file), 'utf8');
  return ts
    .createSourceFile(file, text, ts.ScriptTarget.ES2022, true)
    .statements.filter(ts.isInterfaceDeclaration);
});

/** The properties of an interface, with those that it inherits. */
function propertiesOf(name: string): string[] {
  const found = interfaces.find((each) => each.name.text === name);
  if (found === undefined) throw new Error(`No interface ${name}`);
  const inherited = (found.heritageClauses ?? [])
    .flatMap(({ types }) => types.map(({ expression }) => expression.getText()))
    .flatMap(propertiesOf);
  return [...inherited, ...found.members.map((member) => member.name?.getText() ?? '')];
}

/** The first column of the table that begins with this heading. */
function listed(section: string, heading: string): string[] {
  const cells = tableCells(sectionOf(page, section)).map(([first = '']) => first);
  const from = cells.indexOf(heading) + 1;
  const length = cells.slice(from).findIndex((cell) => /^[A-Z]/.test(cell));
  return cells.slice(from, length === -1 ? undefined : from + length);
}

it.each([
  ['sequelize-rds-iam:login', 'LoginContext'],
  ['sequelize-rds-iam:backoff', 'BackoffMessage'],
  ['sequelize-rds-iam:not-needed', 'NotNeededMessage'],
  ['sequelize-rds-iam:credentials', 'CredentialsMessage'],
  ['sequelize-rds-iam:redis', 'RedisMessage'],
  ['stats', 'IamAuthStats'],
])('docs/observe.md lists the properties of %s, and no others', (section, name) => {
  expect(propertiesOf(name).length).toBeGreaterThan(2);
  expect(listed(section, 'Property')).toEqual(propertiesOf(name));
});

it('docs/observe.md lists the outcomes of a login', () => {
  expect(listed('sequelize-rds-iam:login', 'Outcome')).toEqual([
    ...['accepted', 'denied', 'failed', 'timeout', 'notNeeded'],
    'notAdmitted',
  ]);
});
