import { credentialRows } from './credentials';
import { mysqlRows } from './mysql';
import { networkRows } from './network';
import { packageRows } from './package';
import { postgresRows } from './postgres';
import { rdsRows } from './rds';
import type { KnownError } from './known-error';
import { sequelizeRows } from './sequelize';

/**
 * Every error that is known, from special to general: the first row that matches explains. This package's errors wrap the provider
 * chain's, so that one goes first; RDS Proxy shares codes with the engines.
 */
export const KNOWN_ERRORS: readonly KnownError[] = [
  ...credentialRows,
  ...packageRows,
  ...rdsRows,
  ...mysqlRows,
  ...postgresRows,
  ...networkRows,
  ...sequelizeRows,
];
