import * as driver from 'mysql2';
import * as driverBeforeCleartext from 'mysql2-before-cleartext';
import * as driverFloor from 'mysql2-floor';
import { Sequelize } from 'sequelize';
import { Sequelize as SequelizeFloor } from 'sequelize-floor';

/** The oldest and the newest supported Sequelize 6, with each mysql2 that behaves in its own way. */
export const versions = [
  { versions: 'sequelize 6.37 with mysql2 3.24', Sequelize, dialectModule: driver },
  {
    versions: 'sequelize 6.37 with mysql2 3.21',
    Sequelize,
    dialectModule: driverBeforeCleartext,
  },
  { versions: 'sequelize 6.37 with mysql2 3.9.8', Sequelize, dialectModule: driverFloor },
  // The same class to the type checker; the package knows neither.
  {
    versions: 'sequelize 6.29 with mysql2 3.9.8',
    Sequelize: SequelizeFloor as unknown as typeof Sequelize,
    dialectModule: driverFloor,
  },
  {
    versions: 'sequelize 6.29 with mysql2 3.24',
    Sequelize: SequelizeFloor as unknown as typeof Sequelize,
    dialectModule: driver,
  },
] as const;
