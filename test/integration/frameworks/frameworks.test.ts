import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { countBy } from 'rds-iam-emulator';
import { administer } from '../../harness/mariadb-administration';
import { mariaDb } from '../../harness/backend';
import { ROOT } from '../../harness/child';
import { startNamedRds, type NamedRds } from '../../harness/named-rds';
import { createProject, type ProjectFolder } from '../../harness/project-folder';

const EXAMPLES = join(ROOT, 'examples');

// Each example is compiled and run in processes of its own.
jest.setTimeout(120_000);

const server = administer(mariaDb());
let rds: NamedRds;
let database: string;
let project: ProjectFolder;
beforeAll(async () => {
  rds = await startNamedRds();
});
beforeEach(async () => {
  database = `people_${randomBytes(4).toString('hex')}`;
  await server.createDatabase(database);
  await rds.emulator.clear();
});
afterEach(async () => {
  project.remove();
  await server.sql(`DROP DATABASE ${database}`);
});
afterAll(() => rds.emulator.close());

function open(example: string, packages: string[]): ProjectFolder {
  return createProject({
    sources: [join(EXAMPLES, example)],
    packages: ['sequelize', 'mysql2', ...packages],
    env: { ...rds.environment, DB_NAME: database },
  });
}

const outcomes = async () => countBy(await rds.emulator.attempts(), 'outcome');
const people = () => server.sql(`SELECT name FROM ${database}.People`);

it('sequelize-typescript: class models, compiled by tsc, are created and found', async () => {
  project = open('sequelize-typescript', [
    'sequelize-typescript',
    'reflect-metadata',
    'typescript',
    '@types/node',
  ]);

  expect(await project.bin('tsc')).toEqual({ exitCode: 0, stdout: '', stderr: '' });
  const ended = await project.node('dist/app.js');

  expect(ended).toEqual({ exitCode: 0, stdout: 'People: Ada\n', stderr: '' });
  expect(await people()).toEqual([{ name: 'Ada' }]);
  expect(await outcomes()).toEqual({ accepted: 2 });
});

describe('NestJS', () => {
  beforeEach(() => {
    project = open('nestjs', [
      '@nestjs/common',
      '@nestjs/core',
      '@nestjs/sequelize',
      'reflect-metadata',
      'rxjs',
      'sequelize-typescript',
      'typescript',
      '@types/node',
    ]);
  });

  it('forRootAsync: a service queries, and app.close() ends the process', async () => {
    expect(await project.bin('tsc')).toEqual({ exitCode: 0, stdout: '', stderr: '' });
    const ended = await project.node('dist/main.js');

    expect(ended).toEqual({ exitCode: 0, stdout: 'People: Ada\n', stderr: '' });
    expect(await people()).toEqual([{ name: 'Ada' }]);
    expect(await outcomes()).toEqual({ accepted: 2 });
  });

  it('forRoot: takes the same options', async () => {
    const [head = '', options = '', tail = ''] = project
      .read('app.module.ts')
      .split(/forRootAsync\(\{\s*useFactory: \(\) => \(([^]*?)\),\s*\}\)/);
    project.write('app.module.ts', `${head}forRoot(${options})${tail}`);

    expect(await project.bin('tsc')).toEqual({ exitCode: 0, stdout: '', stderr: '' });
    const ended = await project.node('dist/main.js');

    expect(ended).toEqual({ exitCode: 0, stdout: 'People: Ada\n', stderr: '' });
    expect(await outcomes()).toEqual({ accepted: 2 });
  });

  it('reports a contradicting option at once, and connects nowhere', async () => {
    const source = project.read('app.module.ts');
    project.write('app.module.ts', source.replace('iamAuth: true', "iamAuth: true, password: 'x'"));

    expect(await project.bin('tsc')).toEqual({ exitCode: 0, stdout: '', stderr: '' });
    const { exitCode, stdout, stderr } = await project.node('dist/main.js');

    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
    expect(stderr).toMatch(/IamAuthError: .*password/);
    expect(stderr).not.toContain('Retrying');
    expect(await rds.emulator.attempts()).toEqual([]);
  });
});

describe('umzug', () => {
  it('migrates up and down on the application’s instance', async () => {
    project = open('umzug', ['umzug']);

    const up = await project.node('migrate.js');
    expect(up).toEqual({ exitCode: 0, stdout: '20260101000000-create-person.js\n', stderr: '' });
    expect(await people()).toEqual([]);

    const down = await project.node('migrate.js', 'down');
    expect(down).toEqual(up);
    await expect(people()).rejects.toThrow("doesn't exist");
    expect(await outcomes()).toEqual({ accepted: 4 });
  });
});

describe('TypeScript', () => {
  it.each([
    { type: 'commonjs', options: ['--module', 'node16'] },
    { type: 'module', options: ['--module', 'node16', '--skipLibCheck'] },
    {
      type: 'module',
      options: ['--module', 'esnext', '--moduleResolution', 'bundler', '--skipLibCheck'],
    },
  ])('compiles with tsc $options and runs as $type', async ({ type, options }) => {
    project = createProject({
      packages: ['sequelize', 'mysql2', 'typescript', '@types/node'],
      env: { ...rds.environment, DB_NAME: database },
    });
    project.write('package.json', JSON.stringify({ type }));
    project.write('app.ts', readFileSync(join(EXAMPLES, 'add-hook.ts'), 'utf8'));

    const compiled = await project.bin(
      'tsc',
      ...['app.ts', '--strict', '--target', 'es2022', '--types', 'node'],
      ...options,
    );
    expect(compiled).toEqual({ exitCode: 0, stdout: '', stderr: '' });
    const ended = await project.node('app.js');

    expect(ended).toEqual({ exitCode: 0, stdout: 'Logged in as app@%\n', stderr: '' });
    expect(await outcomes()).toEqual({ accepted: 2 });
  });
});
