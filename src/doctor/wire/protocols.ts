import type { Dialect } from '../../dialects/dialect';
import { mysqlProtocol } from './mysql';
import { postgresProtocol } from './postgres';
import type { LoginProtocol } from './protocol';

/** By Sequelize's names of the dialects. */
export const PROTOCOLS: Readonly<Record<Dialect['name'], LoginProtocol>> = {
  mysql: mysqlProtocol,
  mariadb: mysqlProtocol,
  postgres: postgresProtocol,
};
