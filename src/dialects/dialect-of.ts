import { refuse } from '../errors';
import { withoutPassword } from '../untrusted';
import type { Dialect } from './dialect';
import { mariadb } from './mariadb';
import { mysql } from './mysql';
import { postgres } from './postgres';

const DIALECTS: readonly Dialect[] = [mysql, mariadb, postgres];

/** The dialect that Sequelize calls by this name. Throws `ERR_IAM_AUTH_UNSUPPORTED` if the package does not support it. */
export function dialectOf(name: string): Dialect {
  // Sequelize 6 accepts both names.
  const ownName = name === 'postgresql' ? 'postgres' : name;
  return (
    DIALECTS.find((dialect) => dialect.name === ownName) ??
    refuse(
      'ERR_IAM_AUTH_UNSUPPORTED',
      `iamAuth does not support the dialect ${withoutPassword(name)}`,
      `use ${DIALECTS.map((dialect) => dialect.name).join(', ')}`,
    )
  );
}
