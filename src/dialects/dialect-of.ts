import { IamAuthError } from '../errors';
import type { Dialect } from './dialect';
import { mariadb } from './mariadb';
import { mysql } from './mysql';
import { postgres } from './postgres';

const DIALECTS: Readonly<Record<string, Dialect>> = { mysql, mariadb, postgres };
/** Sequelize 6 takes both names. */
const ALIASES: Readonly<Record<string, string>> = { postgresql: 'postgres' };

/** Throws `ERR_IAM_AUTH_UNSUPPORTED` for a dialect that RDS IAM authentication or this package does not know. */
export function dialectOf(name: string): Dialect {
  const known = Object.hasOwn(ALIASES, name) ? ALIASES[name] : name;
  const dialect = Object.entries(DIALECTS).find(([own]) => own === known)?.[1];
  if (dialect !== undefined) return dialect;
  throw new IamAuthError(
    'ERR_IAM_AUTH_UNSUPPORTED',
    `iamAuth does not support the dialect ${name}`,
    { fix: `use ${Object.keys(DIALECTS).join(', ')}` },
  );
}
