import { Sequelize, type Options } from 'sequelize';
import { addIamAuth } from '../../src/index';
import { databaseOptions, type Target } from './target';

/** The same application with this package: one call. */
export function connectWithPackage(target: Target, max: number, more?: Options): Sequelize {
  const { region, ca, credentials, profile } = target;
  const sequelize = new Sequelize(databaseOptions(target, max, more));

  addIamAuth(sequelize, { region, credentials, profile, tls: { ca } });
  return sequelize;
}
