import { createRequire } from 'node:module';
import { join } from 'node:path';
import { registerIamAuth, type SequelizeClass } from './register-iam-auth';

/** Sequelize 6, which is also sequelize-cli's, and Sequelize 7. */
const PACKAGES = ['sequelize', '@sequelize/core'] as const;

const load = createRequire(__filename);

/**
 * Registers IAM authentication with the application's Sequelize, 6, 7 or both: those that resolve from the working directory, from
 * this package, and from the running program, where they differ. A sequelize-cli that is installed elsewhere, globally for
 * instance, uses the last one.
 */
function registerInstalled(): void {
  const program = require.main?.filename;
  const resolvers = [
    createRequire(join(process.cwd(), 'package.json')),
    load,
    ...(program === undefined ? [] : [createRequire(program)]),
  ];
  const paths = new Set(resolvers.flatMap((resolver) => resolveAll(resolver)));
  if (paths.size === 0) {
    process.emitWarning(
      `sequelize-rds-iam/register found neither ${PACKAGES.join(' nor ')} from the working directory, so iamAuth has no effect`,
      { type: 'IamAuthWarning' },
    );
  }
  for (const path of paths) {
    const { Sequelize } = load(path) as { Sequelize: SequelizeClass };
    registerIamAuth(Sequelize);
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

registerInstalled();
