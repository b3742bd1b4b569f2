import { realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { IamAuthError, messageOf } from '../errors';
import { OWN_NAME, ownManifest, requiresOwnManifest } from '../own-manifest';
import { isSequelizeClass, registerIamAuth } from './register-iam-auth';

/** Sequelize 6, which is also sequelize-cli's, and Sequelize 7. */
const PACKAGES = ['sequelize', '@sequelize/core'] as const;

/**
 * Registers IAM authentication with the application's Sequelize, 6, 7 or both: those that resolve from this package, from the working
 * directory, and from the running program, where they differ. A sequelize-cli that is installed elsewhere, globally for
 * instance, uses the last one. In a bundle, it is the bundle's own.
 * Throws `ERR_IAM_AUTH_UNSUPPORTED`, having registered none, when there is no Sequelize, or one that is none.
 */
export function registerInstalled(): void {
  const isBundle = ownManifest() === undefined;
  const modules = [...bundledModules(), ...(isBundle ? [] : installedModules())];
  if (modules.length === 0) throw isBundle ? notInBundle() : notInstalled();
  const classes = modules.map((module) => (module as { Sequelize?: unknown }).Sequelize);
  if (!classes.every(isSequelizeClass)) throw notSequelize();
  for (const Sequelize of new Set(classes)) registerIamAuth(Sequelize);
}

/**
 * Those required by a literal name: bundlers put them into the bundle, and leave out what is missing where the call stands in a `try`. One that
 * left such calls as they are would find another Sequelize than the bundle's, or none: the first call tells.
 */
function bundledModules(): object[] {
  if (!requiresOwnManifest()) return [];
  const modules: object[] = [];
  /* eslint-disable @typescript-eslint/no-require-imports -- Not an import, which would need both. */
  try {
    modules.push(require('sequelize') as object);
  } catch {
    // Not in this bundle, or not installed; what is installed and broken is reported below.
  }
  try {
    modules.push(require('@sequelize/core') as object);
  } catch {
    // Not in this bundle.
  }
  /* eslint-enable @typescript-eslint/no-require-imports */
  return modules;
}

function installedModules(): object[] {
  const resolvers = [__filename, join(process.cwd(), 'package.json'), program()].map((from) =>
    createRequire(from),
  );
  const paths = new Set(resolvers.flatMap((resolver) => resolveAll(resolver)));
  return [...paths].map(load);
}

/** The program's file. It is no `require.main` when it is an ES module, nor while modules are preloaded. */
function program(): string {
  if (require.main !== undefined) return require.main.filename;
  try {
    return realpathSync(process.argv[1] ?? __filename);
  } catch {
    // Not a file, as with --eval.
    return __filename;
  }
}

function resolveAll(resolver: NodeJS.Require): string[] {
  return PACKAGES.flatMap((name) => {
    try {
      return [resolver.resolve(name)];
    } catch {
      // Not installed there.
      return [];
    }
  });
}

function load(path: string): object {
  try {
    return createRequire(__filename)(path) as object;
  } catch (cause) {
    throw refusal(`could not load ${path} (${messageOf(cause)})`, 'install Sequelize again', cause);
  }
}

const INSTEAD = `write registerIamAuth(Sequelize) in its place, with registerIamAuth from ${OWN_NAME} and the application's own Sequelize`;

function notInstalled(): IamAuthError {
  return refusal(`found neither ${PACKAGES.join(' nor ')} from the working directory`);
}

function notInBundle(): IamAuthError {
  return refusal('cannot reach the Sequelize of this bundle');
}

function notSequelize(): IamAuthError {
  return refusal(
    'found a package that exports no known Sequelize',
    `use a supported version, or ${INSTEAD}`,
  );
}

function refusal(problem: string, fix = INSTEAD, cause?: unknown): IamAuthError {
  return new IamAuthError('ERR_IAM_AUTH_UNSUPPORTED', `${OWN_NAME}/register ${problem}`, {
    fix,
    ...(cause !== undefined && { cause }),
  });
}
