import { createRequire } from 'node:module';
import { join } from 'node:path';
import { registerIamAuth, type SequelizeClass } from './register-iam-auth';

/**
 * Registers IAM authentication with the application's Sequelize: the one that resolves from the working directory, as
 * sequelize-cli resolves it, and the one that resolves from this package, where they differ.
 */
const load = createRequire(__filename);

function registerInstalled(): void {
  const resolvers = [createRequire(join(process.cwd(), 'package.json')), load];
  const paths = new Set(resolvers.flatMap((resolver) => resolveSequelize(resolver) ?? []));
  if (paths.size === 0) {
    process.emitWarning(
      'sequelize-rds-iam/register found no sequelize from the working directory, so iamAuth has no effect',
      {
        type: 'IamAuthWarning',
      },
    );
  }
  for (const path of paths) {
    const { Sequelize } = load(path) as { Sequelize: SequelizeClass };
    registerIamAuth(Sequelize);
  }
}

function resolveSequelize(resolver: NodeJS.Require): string | undefined {
  try {
    return resolver.resolve('sequelize');
  } catch {
    // Not installed there.
    return undefined;
  }
}

registerInstalled();
