import { createHook } from './add-iam-auth';
import { attachingDialect, type DialectClass } from './attaching-dialect';
import { orInherited, withoutCarried, type CarryingOptions } from '../sequelize/carried-options';
import { dialectOf } from '../dialects/dialect-of';
import { parseFlag, resolveOptions } from '../options';
import { fillPool } from '../sequelize/pool-preset';
import { configAccess6 } from '../sequelize/v6';
import { checkTarget } from '../login/resolve-endpoint';
import type { ConnectionConfig } from '../sequelize/instance';
import type { IamAuthOptions } from '../options';

/** Sequelize's options with the flag. */
export interface IamAuthFlag {
  iamAuth?: boolean | IamAuthOptions | null | undefined;
}

interface GivenOptions extends ConnectionConfig, CarryingOptions {
  readonly pool?: object | null;
  readonly replication?: unknown;
}

/**
 * A copy of Sequelize's options in which `iamAuth: true`, or an object of options, has become IAM authentication; the given
 * options stay as they are. Pool settings that are left unset get those of `poolPreset`. With Sequelize 7, `dialect` must be the dialect's class.
 * Without the flag, or with `false`, only the flag is taken out. `false` also takes out the IAM authentication of options that were copied
 * from an instance.
 * Throws `IamAuthError` for a bad option and, with Sequelize 6, for one of Sequelize's that contradicts it. What only the instance can tell,
 * such as the password in a URL, is reported by the first connection.
 */
export function withIamAuth<
  // Only to keep the literal type of `dialect: 'mysql'`, which Sequelize 6's options ask for.
  // eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters
  Dialect extends string,
  T extends object & { dialect?: Dialect | object },
>(options: T & IamAuthFlag): Omit<T, 'iamAuth'> {
  const { iamAuth: flag, ...rest } = options;
  const iamAuth = parseFlag(flag);
  if (iamAuth === undefined) return flag === false ? withoutCarried(rest) : rest;
  resolveOptions(iamAuth);
  const bare = withoutCarried<typeof rest & GivenOptions>(rest);
  const { dialect, hooks, pool } = bare;
  const inherited = orInherited(iamAuth, rest);
  const carried = { options: () => inherited, owner: undefined };
  const filled = { ...bare, pool: fillPool(pool, inherited.limiter) };
  if (typeof dialect === 'function') {
    return { ...filled, dialect: attachingDialect(dialect as DialectClass, carried) };
  }
  checkEarly(bare, inherited);
  const own = [hooks?.beforeConnect ?? []].flat();
  return { ...filled, hooks: { ...hooks, beforeConnect: [...own, createHook(carried)] } };
}

function checkEarly(options: GivenOptions, iamAuth: IamAuthOptions): void {
  if (typeof options.dialect !== 'string') return;
  const dialect = dialectOf(options.dialect);
  const config = configAccess6(dialect.name).driverConfig(options);
  dialect.check(config);
  // The hosts of a replication set are named there.
  if (!options.replication) checkTarget(config, resolveOptions(iamAuth), dialect);
}
