import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  createProject,
  deleteProjects,
  pack,
  ROOT,
  type FreshProject,
} from '../../../test/package/fresh-project';
import { mariaDbBackend, postgresBackend } from '../harness/backends';

const MINUTE_MS = 60_000;
let project: FreshProject;

beforeAll(async () => {
  const packed = await Promise.all([pack(), pack(join(ROOT, 'emulator'))]);
  project = await createProject(packed, ['sequelize', 'mysql2', 'pg']);
  expect(project.installed).toMatchObject({ exitCode: 0 });
}, 4 * MINUTE_MS);
afterAll(() => deleteProjects());

/** `npx rds-iam-emulator … -- node app.js` */
const npx = (...args: string[]) =>
  project.npm('exec', '--offline', '--', 'rds-iam-emulator', ...args);
const write = (name: string, text: string) => writeFileSync(join(project.folder, name), text);

/** All that an application has to say. */
const app = (dialect: string, port = ', port: process.env.DB_PORT') => `
const { Sequelize } = require('sequelize');
require('sequelize-rds-iam/register');
const { DB_HOST, DB_NAME, DB_USER } = process.env;
const sequelize = new Sequelize(DB_NAME, DB_USER, null, {
  dialect: '${dialect}', host: DB_HOST${port}, logging: false, iamAuth: true,
});
sequelize.query('SELECT CURRENT_USER AS name', { plain: true })
  .then(({ name }) => console.log('logged in as', name))
  .finally(() => sequelize.close());
`;

describe.each([
  { name: 'MariaDB', dialect: 'mysql', make: mariaDbBackend },
  { name: 'PostgreSQL', dialect: 'postgres', make: postgresBackend },
])('installed by a stranger with $name', ({ dialect, make }) => {
  const args = () => ['--backend', make('app').url(), '--user', `packed_${dialect}`];

  it.each([
    { way: 'the port of the environment', port: undefined },
    { way: 'the port that RDS has', port: '' },
  ])('lets a Sequelize application in by $way', async ({ port }) => {
    write('app.js', app(dialect, port));
    const ended = await npx(...args(), '--', 'node', 'app.js');
    expect(ended.stdout).toContain(`logged in as packed_${dialect}`);
    expect(ended.exitCode).toBe(0);
    expect(ended.stderr).toMatch(/login(s)?: \d+ accepted; at most/);
  });

  it('lets it in with the credentials of a role', async () => {
    write('app.js', app(dialect));
    const role = ['--role', '--credentials-lifetime', '15m'];
    const ended = await npx(...args(), ...role, '--', 'node', 'app.js');
    expect(ended.stdout).toContain(`logged in as packed_${dialect}`);
  });
});

it('loses logins of a hand-written hook over the limit, and none of the package', async () => {
  const storm = (options: string, hook: string) => `
const { readFileSync } = require('node:fs');
const { Sequelize } = require('sequelize');
const { Signer } = require('@aws-sdk/rds-signer');
require('sequelize-rds-iam/register');
const { DB_HOST, DB_PORT, DB_NAME, DB_USER, DB_CA_FILE, AWS_REGION } = process.env;
const sequelize = new Sequelize(DB_NAME, DB_USER, null, {
  dialect: 'postgres', host: DB_HOST, port: DB_PORT, logging: false, pool: { max: 45 }, ${options}
});
${hook}
(async () => {
  const queries = Array.from({ length: 45 }, () => sequelize.query('SELECT pg_sleep(5)'));
  const results = await Promise.allSettled(queries);
  console.log('lost', results.filter(({ status }) => status === 'rejected').length);
  await sequelize.close();
})();`;
  const run = async (name: string, text: string) => {
    write(name, text);
    const args = ['--backend', postgresBackend('app').url(), '--user', 'packed_storm'];
    const { stdout, stderr } = await npx(...args, '--limit', '20', '--', 'node', name);
    return { lost: Number(/lost (\d+)/.exec(stdout)?.[1]), stderr };
  };

  const hook = `sequelize.beforeConnect(async (config) => {
    config.dialectOptions = { ssl: { ca: readFileSync(DB_CA_FILE) } };
    const signer = new Signer({ hostname: DB_HOST, port: +DB_PORT, username: DB_USER, region: AWS_REGION });
    config.password = await signer.getAuthToken();
  });`;
  const handWritten = await run('hook.js', storm('', hook));
  expect(handWritten.lost).toBeGreaterThan(0);
  expect(handWritten.stderr).toMatch(/Reasons: \d+ throttled/);

  const packaged = await run('package.js', storm('iamAuth: true', ''));
  expect(packaged.lost).toBe(0);
  expect(packaged.stderr).not.toContain('throttled');
  expect(packaged.stderr).toMatch(/at most (1\d|[1-9]) in one second/);
});

it('publishes what it needs and nothing else', () => {
  const files = readdirSync(join(project.folder, 'node_modules/rds-iam-emulator'), {
    recursive: true,
    encoding: 'utf8',
  });
  expect(files.filter((file) => /test|\.ts$/.test(file) && !file.endsWith('.d.ts'))).toEqual([]);
  expect(files).toEqual(
    expect.arrayContaining(['README.md', 'LICENSE', 'dist/cli.js', 'dist/resolve.js']),
  );
});
