import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const ROOT = join(__dirname, '../..');
const REGISTER = JSON.stringify(join(ROOT, 'dist/register.js'));

/** As sequelize-cli: reads the project's `.sequelizerc`, and then loads the Sequelize that is found from the program itself. */
const PROGRAM = `
  require(process.cwd() + '/.sequelizerc');
  const { Sequelize } = require('sequelize');
  const options = { dialect: 'mysql', dialectModule: {}, host: 'db', iamAuth: 'yes' };
  new Sequelize(options).authenticate().catch((error) => console.log(error.code));
`;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'register-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function write(path: string, text: string): string {
  const file = join(folder, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  return file;
}

function installSequelize(where: string, name: string): void {
  mkdirSync(join(folder, where, 'node_modules'), { recursive: true });
  const from = join(ROOT, 'node_modules', name);
  symlinkSync(from, join(folder, where, 'node_modules/sequelize'), 'junction');
}

it.each([
  { installed: 'in the project', program: 'project/node_modules/cli/run.js' },
  { installed: 'elsewhere, with a Sequelize of its own', program: 'elsewhere/run.js' },
])('registers with the Sequelize of a program that is installed $installed', ({ program }) => {
  installSequelize('project', 'sequelize');
  installSequelize('elsewhere', 'sequelize-floor');
  write('project/.sequelizerc', `require(${REGISTER});`);

  const output = execFileSync(process.execPath, [write(program, PROGRAM)], {
    cwd: join(folder, 'project'),
    encoding: 'utf8',
  });
  expect(output.trim()).toBe('ERR_IAM_AUTH_OPTIONS');
});

it('registers with the Sequelize of a program that is an ES module', () => {
  installSequelize('project', 'sequelize');
  installSequelize('elsewhere', 'sequelize-floor');
  const program = write(
    'elsewhere/run.mjs',
    `import { Sequelize } from 'sequelize';
     const options = { dialect: 'mysql', dialectModule: {}, host: 'db', iamAuth: 'yes' };
     new Sequelize(options).authenticate().catch((error) => console.log(error.code));`,
  );
  const preload = ['--require', JSON.parse(REGISTER) as string];
  const cwd = join(folder, 'project');
  const output = execFileSync(process.execPath, [...preload, program], { cwd, encoding: 'utf8' });
  expect(output.trim()).toBe('ERR_IAM_AUTH_OPTIONS');
});

describe('where Sequelize cannot be registered', () => {
  function load(): string {
    const program = `try { require(${REGISTER}) } catch (error) { console.log(error.name, error.code, error.message) }`;
    return execFileSync(process.execPath, [write('elsewhere/run.js', program)], {
      cwd: join(folder, 'project'),
      encoding: 'utf8',
    });
  }
  const install = (text: string) => {
    write('project/package.json', '{}');
    write('project/node_modules/sequelize/index.js', text);
  };

  it.each([
    [
      'throws while it loads',
      'throw new Error("half installed")',
      'could not load',
      'half installed',
    ],
    [
      'exports no class',
      'exports.Sequelize = {}',
      'no known Sequelize',
      'registerIamAuth(Sequelize)',
    ],
    ['exports nothing', '', 'no known Sequelize', 'registerIamAuth(Sequelize)'],
  ])('refuses one that %s', (_, text, ...parts) => {
    install(text);
    const output = load();
    expect(output).toContain('IamAuthError ERR_IAM_AUTH_UNSUPPORTED');
    for (const part of parts) expect(output).toContain(part);
  });
});
