import { Sequelize, type Options } from 'sequelize';
import { addIamAuth } from 'sequelize-rds-iam';
import { databaseOptions, type Target } from '../../../examples/demo/target';
import type { PeerSettings } from '../contenders';

/** This package as it is built. */
export function connectWithBuiltPackage(
  target: Target,
  max: number,
  limiter: PeerSettings['limiter'],
  more?: Options,
): Sequelize {
  const sequelize = new Sequelize(databaseOptions(target, max, more));
  const { ca } = target;
  // It warns of what the benchmark asks for: pools that are larger than the limit.
  addIamAuth(sequelize, { limiter, tls: { ca }, logger: { warn: () => undefined } });
  return sequelize;
}
