import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startMariaDb, type MariaDbServer } from '../../../test/harness/mariadb-server';
import { withoutAws } from '../../../test/harness/named-rds';
import { startPostgres, type PostgresServer } from '../../../test/harness/postgres-server';
import { createProject, type ProjectFolder } from '../../../test/harness/project-folder';
import { INSTALL_TIMEOUT_MS, pathOf, prepareWitnesses } from '../../../test/harness/witnesses';

const ROOT = join(__dirname, '../../..');
const EXAMPLES = join(ROOT, 'emulator/examples');
const BIN = join(ROOT, 'node_modules/.bin');
const EMULATOR = join(ROOT, 'emulator/dist/cli.js');

const MYSQL = ['sequelize', 'mysql2'];

/** What the tools under test would take for their own. */
const INHERITED = /^(NODE_ENV|NODE_OPTIONS|JEST_|VITEST|FORCE_COLOR|npm_)/;

// Servers of their own: the users of the examples have the names that they have in other tests too.
let mariaDb: MariaDbServer;
let postgres: PostgresServer;
beforeAll(async () => {
  [mariaDb, postgres] = await Promise.all([startMariaDb(), startPostgres()]);
  await Promise.all([mariaDb.createDatabase('app'), postgres.createDatabase('app')]);
});
afterAll(() => Promise.all([mariaDb.stop(), postgres.stop()]));

const mysqlUrl = () => `mysql://root:${mariaDb.rootPassword}@127.0.0.1:${mariaDb.port}/app`;
const postgresUrl = () =>
  `postgres://postgres:${postgres.superuserPassword}@127.0.0.1:${postgres.port}/app`;

const projects: ProjectFolder[] = [];
afterAll(() => {
  for (const project of projects) project.remove();
});

/** A copy of an example, with these packages installed. */
function copyOf(example: string, packages: readonly string[] = []): string {
  const project = createProject({ sources: [join(EXAMPLES, example)], packages });
  projects.push(project);
  return project.folder;
}

interface Ended {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program with nothing of AWS, Jest and npm in its environment. */
function run(
  command: string,
  args: readonly string[],
  { cwd, env = {} }: { readonly cwd: string; readonly env?: NodeJS.ProcessEnv },
): Promise<Ended> {
  const own = Object.entries(withoutAws(process.env)).filter(([name]) => !INHERITED.test(name));
  return new Promise((resolve) => {
    execFile(
      command,
      args,
      { cwd, env: { ...Object.fromEntries(own), ...env } },
      (error, stdout, stderr) => {
        const exitCode = error === null ? 0 : typeof error.code === 'number' ? error.code : 1;
        resolve({ exitCode, stdout, stderr });
      },
    );
  });
}

/** Shows what the program said where it failed. */
function expectSuccess({ exitCode, stdout, stderr }: Ended): void {
  if (exitCode !== 0) throw new Error(`Exit code ${exitCode}\n${stdout}\n${stderr}`);
}

/** Runs a command behind the emulator, as the head of each example says. */
const behind = (backend: string, command: readonly string[], cwd: string) =>
  run(process.execPath, [EMULATOR, '--backend', backend, '--user', 'app_user', '--', ...command], {
    cwd,
  });

it('a Sequelize application logs in, with no change', async () => {
  const ended = await behind(mysqlUrl(), ['node', 'app.js'], copyOf('app', MYSQL));
  expectSuccess(ended);
  expect(ended.stdout).toContain('Logged in as app_user@%');
});

it('Jest starts it before the tests', async () => {
  const ended = await run(join(BIN, 'jest'), ['--no-cache'], {
    cwd: copyOf('jest', [...MYSQL, 'rds-iam-emulator']),
    env: { BACKEND_URL: mysqlUrl() },
  });
  expectSuccess(ended);
  expect(ended.stderr).toContain('2 passed');
});

it('Vitest starts it before the tests', async () => {
  const ended = await run(join(BIN, 'vitest'), ['run'], {
    cwd: copyOf('vitest', ['sequelize', 'pg', 'vitest', 'rds-iam-emulator']),
    env: { BACKEND_URL: postgresUrl(), NO_COLOR: '1' },
  });
  expectSuccess(ended);
  expect(ended.stdout).toContain('1 passed');
});

describe('Python logs in', () => {
  beforeAll(prepareWitnesses, INSTALL_TIMEOUT_MS);

  it.each([
    { program: 'mysql_app.py', url: mysqlUrl, user: 'app_user@%' },
    { program: 'postgres_app.py', url: postgresUrl, user: 'app_user' },
  ])('with $program', async ({ program, url, user }) => {
    const command = [pathOf('python'), program];
    const ended = await behind(url(), command, copyOf('python'));
    expectSuccess(ended);
    expect(ended.stdout).toContain(`Logged in as ${user}`);
  });
});

it('sequelize-cli migrates, and the table is there', async () => {
  await mariaDb.createDatabase('migrated');
  const command = [join(BIN, 'sequelize-cli'), 'db:migrate'];
  const backend = mysqlUrl().replace(/app$/, 'migrated');
  const ended = await behind(
    backend,
    command,
    copyOf('sequelize-cli', [...MYSQL, 'sequelize-cli']),
  );
  expectSuccess(ended);
  expect(await mariaDb.sql("SHOW TABLES FROM migrated LIKE 'People'")).toHaveLength(1);
});

it('the workflow for GitHub Actions tests behind it', async () => {
  const workflow = readFileSync(join(EXAMPLES, 'github-actions.yml'), 'utf8');
  const [, line = ''] = /- run: npx rds-iam-emulator (.*)$/m.exec(workflow) ?? [];
  expect(line).toMatch(/^--backend mysql:\/\/root:password@127\.0\.0\.1:3306\/app .*-- npm test$/);
  // Its service container is this run's MariaDB, its project the application.
  const args = line
    .replace(/mysql:\S+/, mysqlUrl())
    .replace('npm test', 'node app.js')
    .split(' ');
  const cwd = copyOf('app', MYSQL);
  const ended = await run(process.execPath, [EMULATOR, ...args], { cwd });
  expectSuccess(ended);
  expect(ended.stdout).toContain('Logged in as app_user@%');
});

/** The first block of code of this language behind a heading of the README. */
function snippet(heading: string, language: string): string {
  const readme = readFileSync(join(ROOT, 'emulator/README.md'), 'utf8');
  const [, section = ''] = readme.split(`\n## ${heading}\n`);
  const [, code] = new RegExp(`\`\`\`${language}\n([^]*?)\`\`\``).exec(section) ?? [];
  if (code === undefined) throw new Error(`No ${language} behind ${heading}`);
  return code;
}

/** As much of curl as the README uses; not every machine has it. */
const CURL = `#!${process.execPath}
const [url, ...rest] = process.argv.slice(2).reverse();
const value = (name) => rest[rest.indexOf(name) - 1];
const isGiven = (name) => rest.includes(name);
const method = isGiven('--request') ? value('--request') : 'GET';
const body = isGiven('--data') ? value('--data') : undefined;
fetch(url, { method, body }).then(async (response) => {
  console.log(response.status, await response.text());
});
`;

describe('the README', () => {
  it.each(['README.md', 'emulator/README.md'])('of %s starts it with one line', async (file) => {
    const readme = readFileSync(join(ROOT, file), 'utf8');
    const [, line = ''] = /^npx rds-iam-emulator (.* -- npm test)$/m.exec(readme) ?? [];
    expect(line).toContain('--backend mysql://root:password@127.0.0.1:3306/app');
    const args = line
      .replace(/mysql:\S+/, mysqlUrl())
      .replace('npm test', 'node app.js')
      .split(' ');
    const ended = await run(process.execPath, [EMULATOR, ...args], { cwd: copyOf('app', MYSQL) });
    expectSuccess(ended);
    expect(ended.stdout).toContain('Logged in as app_user@%');
  });

  it('asks the control interface', async () => {
    const cwd = copyOf('app', MYSQL);
    writeFileSync(join(cwd, 'curl'), CURL, { mode: 0o755 });
    const script = `PATH="$PWD:$PATH"\n${snippet('Control over HTTP', 'sh')}`;
    const ended = await behind(mysqlUrl(), ['sh', '-ec', script], cwd);
    expectSuccess(ended);
    expect(ended.stdout.trim().split(/\s*\n/)).toEqual(['200 []', '204']);
  });

  it('starts it from code', async () => {
    const cwd = copyOf('app', [...MYSQL, 'rds-iam-emulator']);
    const use = 'const { DB_HOST } = process.env; console.log(`The endpoint is ${DB_HOST}`);';
    writeFileSync(join(cwd, 'code.mjs'), snippet('From code', 'ts').replace('// …', use));
    const ended = await run(process.execPath, ['code.mjs'], {
      cwd,
      env: { DATABASE_URL: mysqlUrl() },
    });
    expectSuccess(ended);
    expect(ended.stdout).toContain('The endpoint is mydb.cluster-');
  });
});

it('leaves no user behind in either database', async () => {
  const mysql = await mariaDb.sql("SELECT 1 FROM mysql.user WHERE user = 'app_user'");
  const pg = await postgres.sql("SELECT 1 FROM pg_roles WHERE rolname = 'app_user'");
  expect([...mysql, ...pg]).toEqual([]);
});
