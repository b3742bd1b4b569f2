import { realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { messageOf, refuse } from '../errors';
import { OWN_NAME, ownManifest, requiresOwnManifest } from '../own-manifest';
import { isSequelizeClass, registerIamAuth } from './register-iam-auth';

/** Sequelize 6, which sequelize-cli also uses, and Sequelize 7. */
const PACKAGES = ['sequelize', '@sequelize/core'] as const;

/**
 * Registers IAM authentication with the application's Sequelize 6, 7 or both. Searches from this package, from the working directory, and
 * from the running program, whose Sequelize a globally installed sequelize-cli uses. In a bundle, registers the bundled Sequelize.
 * Throws `ERR_IAM_AUTH_UNSUPPORTED`, and then registers nothing, if it finds no Sequelize or an unknown one.
 */
export function registerInstalled(): void {
  const isBundle = ownManifest() === undefined;
  const modules = [...bundledModules(), ...(isBundle ? [] : installedModules())];
  if (modules.length === 0) {
    refuseRegister(
      isBundle
        ? 'cannot reach the Sequelize of this bundle'
        : `found neither ${PACKAGES.join(' nor ')} from the working directory`,
    );
  }
  const classes = modules.map((module) => (module as { Sequelize?: unknown }).Sequelize);
  if (!classes.every(isSequelizeClass)) {
    refuseRegister(
      'found a package that exports no known Sequelize',
      `use a supported version, or ${INSTEAD}`,
    );
  }
  for (const Sequelize of new Set(classes)) registerIamAuth(Sequelize);
}

/**
 * Requires each Sequelize by a literal name, so that bundlers include it; a missing one in a `try` does not fail the build.
 * A bundler that leaves `require` calls alone would find no Sequelize, or one outside the bundle: `requiresOwnManifest` detects it.
 */
function bundledModules(): object[] {
  if (!requiresOwnManifest()) return [];
  const modules: object[] = [];
  /* eslint-disable @typescript-eslint/no-require-imports -- An import would need both packages. */
  try {
    modules.push(require('sequelize') as object);
  } catch {
    // Not in this bundle, or not installed. `load` reports one that is installed and broken.
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

/** The program's file. `require.main` is undefined for an ES module, and while modules are preloaded. */
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
    return refuseRegister(
      `could not load ${path} (${messageOf(cause)})`,
      'install Sequelize again',
      cause,
    );
  }
}

const INSTEAD = `call registerIamAuth(Sequelize) instead, with registerIamAuth from ${OWN_NAME} and the application's own Sequelize`;

function refuseRegister(problem: string, fix = INSTEAD, cause?: unknown): never {
  refuse('ERR_IAM_AUTH_UNSUPPORTED', `${OWN_NAME}/register ${problem}`, fix, { cause });
}
