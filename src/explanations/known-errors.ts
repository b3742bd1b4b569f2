import { credentialRows } from './credentials';
import { mysqlRows } from './mysql';
import { networkRows } from './network';
import { packageRows } from './package';
import { postgresRows } from './postgres';
import { rdsRows } from './rds';
import type { KnownError } from './known-error';
import { sequelizeRows } from './sequelize';

/**
 * All known errors, from special to general: the first row that matches explains the error. The provider chain's rows come first
 * because the package's own errors wrap its errors. RDS Proxy's come before the engines', which have the same codes.
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
