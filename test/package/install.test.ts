import { existsSync } from 'node:fs';
import { join } from 'node:path';
import {
  addPackages,
  createProject,
  deleteProjects,
  pack,
  ROOT,
  unpack,
  type FreshProject,
} from './fresh-project';

const SIX = ['sequelize', 'mysql2'];
const SEVEN = ['@sequelize/core', '@sequelize/mysql'];

/** How applications resolve modules, with the compiler told in one of them that absent is not undefined. */
const resolutions = [
  { module: 'node16', moduleResolution: 'node16', exactOptionalPropertyTypes: true },
  { module: 'nodenext', moduleResolution: 'nodenext', exactOptionalPropertyTypes: false },
  { module: 'esnext', moduleResolution: 'bundler', exactOptionalPropertyTypes: false },
];

const variants = [
  { name: 'Sequelize 6 alone', packages: SIX, majors: [6], resolutions },
  { name: 'Sequelize 7 alone', packages: SEVEN, majors: [7], resolutions },
  // The project of Sequelize 7, once its own tests are over.
  { name: 'both', packages: SIX, majors: [6, 7], resolutions: resolutions.slice(0, 1) },
];

let tarball: string;
const projects = new Map<string, FreshProject>();
beforeAll(async () => {
  if (!existsSync(join(ROOT, 'dist/index.js'))) throw new Error('Run npm run build first');
  tarball = await pack();
  await Promise.all(
    variants.slice(0, 2).map(async ({ name, packages }) => {
      projects.set(name, await createProject(tarball, packages));
    }),
  );
}, 180_000);
afterAll(deleteProjects);

/** In each major, the flag together with a password is a mistake that only a registered class reports. */
const attempts: Readonly<Record<number, string>> = {
  6: `const { Sequelize } = require('sequelize');
      const options = { dialect: 'mysql', host: 'localhost', username: 'a', password: 'x', logging: false };
      new Sequelize({ ...options, iamAuth: true }).authenticate().catch((error) => console.log('6', error.code));`,
  7: `const core = require('@sequelize/core');
      const { MySqlDialect } = require('@sequelize/mysql');
      try { new core.Sequelize({ dialect: MySqlDialect, host: 'localhost', user: 'a', password: 'x', iamAuth: true }); }
      catch (error) { console.log('7', error.code); }`,
};

const consumers: Readonly<Record<number, string>> = {
  6: `import { Sequelize } from 'sequelize';
      import { addIamAuth, registerIamAuth, withIamAuth, type IamAuth, type IamAuthOptions } from 'sequelize-rds-iam';
      import 'sequelize-rds-iam/register';
      const iamAuth: IamAuthOptions = { region: process.env['AWS_REGION'] };
      const sequelize: Sequelize = new Sequelize(withIamAuth({ dialect: 'mysql' as const, host: 'db', iamAuth }));
      export const handle: IamAuth = addIamAuth(sequelize, iamAuth);
      registerIamAuth(Sequelize, iamAuth).remove();`,
  7: `import { Sequelize } from '@sequelize/core';
      import { MySqlDialect } from '@sequelize/mysql';
      import { addIamAuth, registerIamAuth, withIamAuth, type IamAuth, type IamAuthOptions } from 'sequelize-rds-iam';
      import 'sequelize-rds-iam/register';
      const iamAuth: IamAuthOptions = { region: process.env['AWS_REGION'] };
      const sequelize: Sequelize<MySqlDialect> =
        new Sequelize(withIamAuth({ dialect: MySqlDialect, host: 'db', user: 'app', iamAuth }));
      export const handle: IamAuth = addIamAuth(sequelize, iamAuth);
      registerIamAuth(Sequelize, iamAuth).remove();`,
};

function projectOf(name: string): FreshProject {
  const found = projects.get(name);
  if (found === undefined) throw new Error(`${name} was not installed`);
  return found;
}

describe.each(variants)('in a fresh project with $name', ({ name, majors, ...variant }) => {
  beforeAll(async () => {
    if (!projects.has(name))
      projects.set(name, await addPackages(projectOf('Sequelize 7 alone'), variant.packages));
  }, 180_000);
  const project = () => projectOf(name);
  const sources = () =>
    Object.fromEntries(
      majors.flatMap((major) =>
        ['mts', 'cts'].map((type) => [`with-${major}.${type}`, consumers[major] ?? '']),
      ),
    );

  it('npm installs the package, and complains of no peer', async () => {
    const { installed, npm } = project();
    expect(installed.exitCode).toBe(0);
    expect(installed.stderr).not.toMatch(/ERESOLVE|peer|conflict/i);
    expect(await npm('ls')).toMatchObject({ exitCode: 0, stderr: '' });
  });

  it('require and import load the same package', async () => {
    const load = `import { createRequire } from 'node:module';
      import * as imported from 'sequelize-rds-iam';
      const required = createRequire(import.meta.url)('sequelize-rds-iam');
      console.log(Object.keys(imported).every((name) => imported[name] === required[name]), Object.keys(required).length > 4);`;
    expect(await project().node('--input-type=module', '--eval', load)).toEqual({
      exitCode: 0,
      stdout: 'true true\n',
      stderr: '',
    });
  });

  it.each([
    ['required', ['--require', 'sequelize-rds-iam/register']],
    ['imported', ['--import', 'sequelize-rds-iam/register']],
  ])('the register entry, %s, registers every Sequelize there is', async (_, loading) => {
    const script = majors.map((major) => `{ ${attempts[major] ?? ''} }`).join('\n');
    const { stdout, stderr } = await project().node(...loading, '--eval', script);
    expect(stderr).toBe('');
    expect(stdout.trim().split('\n').sort()).toEqual(
      majors.map((major) => `${major} ERR_IAM_AUTH_OPTIONS`),
    );
  });

  it.each(variant.resolutions)(
    'its types are right in $moduleResolution resolution',
    async (options) => {
      const ended = await project().tsc(sources(), { skipLibCheck: true, ...options });
      expect(ended).toEqual({ exitCode: 0, stdout: '', stderr: '' });
    },
  );
});

it('the declarations are right by themselves, and need neither Sequelize nor a driver', async () => {
  const project = projects.get('Sequelize 6 alone');
  const files = { 'alone.mts': `export * from 'sequelize-rds-iam';` };
  const options = { module: 'nodenext', skipLibCheck: false };
  const said = (await project?.tsc(files, options))?.stdout ?? 'not installed';
  // Others' declarations are theirs to correct.
  const ours = said
    .split('\n')
    .filter((line) => !/^node_modules\/(?!sequelize-rds-iam\/)/.test(line));
  expect(ours.join('')).toBe('');
});

it('the register entry fails where neither is installed, and says what to write instead', async () => {
  const { node } = await unpack(tarball);
  const { exitCode, stderr } = await node('--require', 'sequelize-rds-iam/register', '--eval', '0');
  expect(exitCode).toBe(1);
  expect(stderr).toContain(
    'IamAuthError: sequelize-rds-iam/register found neither sequelize nor @sequelize/core',
  );
  expect(stderr).toContain('registerIamAuth(Sequelize)');
});
