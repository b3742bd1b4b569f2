import { execFile } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Contender } from '../contenders';
import { inTurns, rowOf, type Measure } from '../measure';

const ROOT = join(__dirname, '../../..');
const QUIET = ['--no-audit', '--no-fund', '--no-update-notifier', '--prefer-offline'];
const run = promisify(execFile);

/** What a user installs for each. */
const SETS = {
  package: ['sequelize', 'mysql2'],
  hook: ['@aws-sdk/rds-signer', 'sequelize', 'mysql2'],
  wrapper: [
    'aws-advanced-nodejs-wrapper',
    '@aws-sdk/credential-providers',
    '@aws-sdk/rds-signer',
    'mysql2',
  ],
  password: ['sequelize', 'mysql2'],
} as const;

/** Fresh installations in temporary folders, in the versions that this repository has. Needs npm's registry, or its cache. */
export const install: Measure = {
  name: 'install',
  title: 'Installation',
  run: async (context) => {
    const { isQuick, say } = context;
    // It would be most of what a quick run takes.
    if (isQuick) return [];
    const folder = mkdtempSync(join(tmpdir(), 'sequelize-rds-iam-peers-'));
    try {
      say('installation');
      const pack = ['pack', '--json', '--ignore-scripts', '--pack-destination', folder];
      const { stdout } = await run('npm', pack, { cwd: ROOT });
      const [packed] = JSON.parse(stdout) as { filename: string }[];
      if (packed === undefined) throw new Error('npm packed nothing');
      const tarball = join(folder, packed.filename);
      const names = Object.keys(SETS) as (keyof typeof SETS)[];
      const medians = await inTurns(context, 1, names, (contender) =>
        installed(join(folder, contender), specsOf(contender, tarball)),
      );
      return [
        rowOf(
          'installed with Sequelize (but for the wrapper) and mysql2: size',
          'MB',
          medians,
          'megabytes',
        ),
        rowOf(
          'installed with Sequelize (but for the wrapper) and mysql2: packages',
          '',
          medians,
          'packages',
        ),
      ];
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
};

function specsOf(contender: Contender, tarball: string): string[] {
  const names: readonly string[] = SETS[contender as keyof typeof SETS];
  const specs = names.map((name) => `${name}@${installedVersion(name)}`);
  return contender === 'package' ? [tarball, ...specs] : specs;
}

async function installed(folder: string, specs: readonly string[]) {
  mkdirSync(folder);
  writeFileSync(join(folder, 'package.json'), '{ "private": true }');
  await run('npm', ['install', ...QUIET, '--prefix', folder, ...specs], { cwd: folder });
  const modules = join(folder, 'node_modules');
  const lock = JSON.parse(readFileSync(join(modules, '.package-lock.json'), 'utf8')) as {
    packages: object;
  };
  return {
    megabytes: sizeOf(modules) / 1_000_000,
    packages: Object.keys(lock.packages).length,
  };
}

function sizeOf(folder: string): number {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0);
}

function installedVersion(name: string): string {
  const file = join(ROOT, 'node_modules', name, 'package.json');
  if (!existsSync(file)) throw new Error(`${name} is not installed`);
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}
