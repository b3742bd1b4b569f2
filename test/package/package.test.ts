import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkBuilt } from '../harness/built-package';

const ROOT = join(__dirname, '../..');

/** Runs a module in a new process at the project's root and returns what it printed. */
function run(source: string, type: 'commonjs' | 'module' = 'commonjs'): string {
  return execFileSync(process.execPath, [`--input-type=${type}`, '--eval', source], {
    cwd: ROOT,
    encoding: 'utf8',
  }).trim();
}

beforeAll(() => {
  checkBuilt();
});

it('exports the same names to require and import, and no others than these', () => {
  const names = "const print = (m) => console.log(Object.keys(m).sort().join(' '));";
  const required = run(`${names} print(require('sequelize-rds-iam'))`);
  const imported = run(`import * as m from 'sequelize-rds-iam'; ${names} print(m)`, 'module');

  expect(imported).toBe(required);
  expect(required).toMatchInlineSnapshot(
    `"IamAuthError addIamAuth explainError poolPreset registerIamAuth withIamAuth"`,
  );
});

it('exports createRedisLimiter from its redis entry, to require and import', () => {
  const entry = 'sequelize-rds-iam/redis';
  expect(run(`console.log(Object.keys(require('${entry}')).join(' '))`)).toBe('createRedisLimiter');
  const imported = run(
    `import { createRedisLimiter } from '${entry}'; console.log(typeof createRedisLimiter)`,
    'module',
  );
  expect(imported).toBe('function');
});

it('exports registerOpenTelemetry from its otel entry, to require and import', () => {
  const entry = 'sequelize-rds-iam/otel';
  const names = 'console.log(Object.keys(m).join())';
  expect(run(`const m = require('${entry}'); ${names}`)).toBe('registerOpenTelemetry');
  expect(run(`import * as m from '${entry}'; ${names}`, 'module')).toBe('registerOpenTelemetry');
});

it('loads OpenTelemetry with its otel entry alone', () => {
  const entries = ['', '/register', '/redis', '/doctor', '/otel'];
  const loaded = entries.map((entry) =>
    run(
      `require('sequelize-rds-iam${entry}'); console.log(Object.keys(require.cache).some((path) => path.includes('opentelemetry')))`,
    ),
  );
  expect(loaded).toEqual(['false', 'false', 'false', 'false', 'true']);
});

it('keeps one copy of its state however it is loaded', () => {
  const same = run(
    `import { createRequire } from 'node:module';
     import { addIamAuth } from 'sequelize-rds-iam';
     console.log(createRequire(import.meta.url)('sequelize-rds-iam').addIamAuth === addIamAuth)`,
    'module',
  );
  expect(same).toBe('true');
});

it.each([
  'sequelize-rds-iam',
  'sequelize-rds-iam/register',
  'sequelize-rds-iam/redis',
  'sequelize-rds-iam/doctor',
  'sequelize-rds-iam/otel',
])('loads neither the AWS SDK nor a root certificate when %s is loaded', (entry) => {
  const loaded = run(
    `require('${entry}'); console.log(Object.keys(require.cache).filter((path) => /aws-sdk|smithy|aws-ssl/.test(path)).length)`,
  );
  expect(loaded).toBe('0');
});

it('loads at most 6 files with its main entry', () => {
  const loaded = run(
    "require('sequelize-rds-iam'); console.log(Object.keys(require.cache).length)",
  );
  expect(Number(loaded)).toBeLessThanOrEqual(6);
});

it.each([
  ['the main entry', 'm.poolPreset({ processes: 0 })'],
  ['redis', 'r.createRedisLimiter({}, { limt: 1 })'],
  ['doctor', 'await d.runDoctor({ config: "none.json" })'],
])('throws one IamAuthError from %s, whether it is required or imported', (_, call) => {
  const said = run(
    `import { createRequire } from 'node:module';
     import * as im from 'sequelize-rds-iam';
     import * as ir from 'sequelize-rds-iam/redis';
     import * as id from 'sequelize-rds-iam/doctor';
     const require = createRequire(import.meta.url);
     const [rm, rr, rd] = ['', '/redis', '/doctor'].map((entry) => require('sequelize-rds-iam' + entry));
     for (const [m, r, d] of [[im, ir, id], [rm, rr, rd]]) {
       try { ${call}; console.log('nothing thrown'); }
       catch (e) { console.log(e instanceof im.IamAuthError && e instanceof rm.IamAuthError, e.code); }
     }`,
    'module',
  );
  expect(said.split('\n')).toEqual(Array(2).fill('true ERR_IAM_AUTH_OPTIONS'));
});

const dist = () => readdirSync(join(ROOT, 'dist'));
const built = (name: string) => readFileSync(join(ROOT, 'dist', name), 'utf8');

it('leaves no import() to a CommonJS host but that of the user’s own configuration', () => {
  const imports = dist()
    .filter((name) => name.endsWith('.js'))
    .flatMap((name) => built(name).match(/\bimport\([^)]*\)/g) ?? []);
  expect(imports).toEqual(['import(node_url.pathToFileURL(path)']);
});

it('ships the text of each source once, in a source map', () => {
  const shipped = dist()
    .filter((name) => name.endsWith('.map'))
    .flatMap((name) => {
      const map = JSON.parse(built(name)) as { sources: string[]; sourcesContent: unknown[] };
      expect(map.sourcesContent).toHaveLength(map.sources.length);
      return map.sources;
    });
  expect(shipped).toContain('../src/login/before-connect.ts');
  expect(new Set(shipped).size).toBe(shipped.length);
});

it('loads neither Sequelize nor a driver with its main entry', () => {
  const loaded = run(
    "require('sequelize-rds-iam'); console.log(Object.keys(require.cache).filter((path) => /node_modules/.test(path)).length)",
  );
  expect(loaded).toBe('0');
});

it('has a doctor, and a command that runs', () => {
  const names = 'console.log(Object.keys(m).join())';
  expect(run(`const m = require('sequelize-rds-iam/doctor'); ${names}`)).toBe('runDoctor');
  expect(run(`import * as m from 'sequelize-rds-iam/doctor'; ${names}`, 'module')).toBe(
    'runDoctor',
  );
  const { bin } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    bin: Record<string, string>;
  };
  const command = join(ROOT, bin['sequelize-rds-iam'] ?? '');
  expect(readFileSync(command, 'utf8')).toMatch(/^#!\/usr\/bin\/env node\n/);
  expect(execFileSync(process.execPath, [command], { encoding: 'utf8' })).toMatch(/^Usage: /);
});

it('packs what is built and documented, and nothing else', () => {
  const listing = execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
    cwd: ROOT,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const [packed] = JSON.parse(listing) as { files: { path: string }[] }[];
  const outside = packed?.files.map(({ path }) => path).filter((path) => !path.startsWith('dist/'));

  expect(outside?.sort()).toEqual([
    'CHANGELOG.md',
    'LICENSE',
    'README.ja.md',
    'README.md',
    'SECURITY.md',
    'package.json',
  ]);
});

it('holds no signed token, and no access key that is not an example', () => {
  const files = execFileSync('git', ['ls-files', '-co', '--exclude-standard'], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  const leaks = files
    .trim()
    .split('\n')
    .filter((path) => existsSync(join(ROOT, path)))
    .filter((path) => {
      const text = readFileSync(join(ROOT, path), 'latin1');
      return (
        /X-Amz-Signature=[0-9a-f]{64}/.test(text) ||
        /\b(?:AKIA|ASIA)(?!\w*EXAMPLE)[A-Z0-9]{16}\b/.test(text)
      );
    });
  expect(leaks).toEqual([]);
});
