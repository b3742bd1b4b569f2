import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { IamAuthError } from '../errors';

/** Sequelize's constructor and instance, as far as the doctor uses them; only version 6 takes a URL first. */
type SequelizeConstructor = new (
  first: object | string,
  options?: object,
) => { authenticate(): Promise<void>; close(): Promise<void> };

/** The Sequelize that an application uses. */
export interface InstalledSequelize {
  readonly packageName: 'sequelize' | '@sequelize/core';
  readonly Sequelize: SequelizeConstructor;
}

interface InstalledPackage {
  readonly name: string;
  readonly version: string;
}

/**
 * The Sequelize of the application: one that resolves from its folder, else from this package. Where both major versions are
 * installed, options that give the dialect's class, or name a `user`, are version 7's; all others version 6's, unless an instance tells.
 * Throws `ERR_IAM_AUTH_UNSUPPORTED` when there is none.
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
  throw new IamAuthError(
    'ERR_IAM_AUTH_UNSUPPORTED',
    `${known ?? 'No sequelize and no @sequelize/core'} is${known === undefined ? '' : ' not'} installed here`,
    { fix: 'run the doctor in the folder of the application' },
  );
}

/** The versions of Sequelize and of the driver: the application's with Sequelize 6, that of the dialect's package with version 7. */
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

/** Not by `require.resolve`, which refuses the package.json of packages that do not export it. */
function folderOf(name: string, base: string): string | undefined {
  const parents = createRequire(join(base, 'package.json')).resolve.paths(name) ?? [];
  return parents
    .map((parent) => join(parent, name))
    .find((folder) => existsSync(join(folder, 'package.json')));
}

function packageIn(folder: string): InstalledPackage {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as InstalledPackage;
}
