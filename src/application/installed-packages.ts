import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { refuse } from '../errors';

/** What the doctor uses of Sequelize's constructor and instance. Only version 6 accepts a URL as the first argument. */
type SequelizeConstructor = new (
  first: object | string,
  options?: object,
) => { authenticate(): Promise<void>; close(): Promise<void> };

/** The Sequelize of an application. */
export interface InstalledSequelize {
  readonly packageName: 'sequelize' | '@sequelize/core';
  readonly Sequelize: SequelizeConstructor;
}

interface InstalledPackage {
  readonly name: string;
  readonly version: string;
}

/**
 * Loads the application's Sequelize, which resolves from its folder, or else from this package. If both major versions are installed,
 * options with a dialect class or a `user` are version 7's, and all others version 6's, unless `known` names the package.
 * Throws `ERR_IAM_AUTH_UNSUPPORTED` if no Sequelize is installed.
 */
export function loadSequelize(
  cwd: string,
  { dialect, user }: Readonly<Record<string, unknown>> = {},
  known?: InstalledSequelize['packageName'],
): InstalledSequelize {
  const names = ['sequelize', '@sequelize/core'] as const;
  const isFor7 = typeof dialect === 'function' || user !== undefined;
  const candidates = known === undefined ? (isFor7 ? names.toReversed() : names) : [known];
  for (const base of [cwd, __dirname]) {
    for (const packageName of candidates) {
      const load = createRequire(join(base, 'package.json'));
      if (!resolves(load, packageName)) continue;
      const { Sequelize } = load(packageName) as Pick<InstalledSequelize, 'Sequelize'>;
      return { packageName, Sequelize };
    }
  }
  return refuse(
    'ERR_IAM_AUTH_UNSUPPORTED',
    `${known ?? 'Sequelize'} is not installed here`,
    'run the doctor in the folder of the application',
  );
}

/** The installed versions of Sequelize and of the driver: the application's driver in Sequelize 6, the dialect package's in version 7. */
export function versionsInUse(
  cwd: string,
  packageName: InstalledSequelize['packageName'],
  { dialect, driver }: { readonly dialect: string; readonly driver: string },
): InstalledPackage[] {
  const sequelize = find(packageName, cwd);
  const owner = packageName === 'sequelize' ? undefined : find(`@sequelize/${dialect}`, cwd);
  const found = [sequelize, find(driver, owner === undefined ? cwd : realpathSync(owner))];
  return found.flatMap((folder) => (folder === undefined ? [] : [packageIn(folder)]));
}

function resolves(load: NodeJS.Require, name: string): boolean {
  try {
    load.resolve(name);
    return true;
  } catch {
    // Not installed there.
    return false;
  }
}

function find(name: string, cwd: string): string | undefined {
  return folderOf(name, cwd) ?? folderOf(name, __dirname);
}

/** Without `require.resolve`, which does not find a package.json that the package does not export. */
function folderOf(name: string, base: string): string | undefined {
  const parents = createRequire(join(base, 'package.json')).resolve.paths(name) ?? [];
  return parents
    .map((parent) => join(parent, name))
    .find((folder) => existsSync(join(folder, 'package.json')));
}

function packageIn(folder: string): InstalledPackage {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as InstalledPackage;
}
