import { createHook } from './add-iam-auth';
import { attachingDialect, type DialectClass } from './attaching-dialect';
import { orInherited, withoutCarried, type CarryingOptions } from '../sequelize/carried-options';
import { dialectOf } from '../dialects/dialect-of';
import { reading } from '../option-rules';
import { ownCopy } from '../untrusted';
import { parseFlag, resolveOptions, type IamAuthOptions } from '../options';
import { fillPool } from '../sequelize/pool-preset';
import { configAccess6 } from '../sequelize/v6';
import { checkTarget } from '../login/resolve-endpoint';
import type { ConnectionConfig } from '../sequelize/instance';

/** The flag that `withIamAuth` and `registerIamAuth` read from Sequelize's options. */
export interface IamAuthFlag {
  /**
   * `true` or an object of options turns IAM authentication on.
   * @default No IAM authentication.
   */
  iamAuth?: boolean | IamAuthOptions | null | undefined;
}

interface GivenOptions extends ConnectionConfig, CarryingOptions {
  readonly pool?: object | null;
  readonly replication?: unknown;
}

/**
 * Returns a copy of Sequelize's options that logs in with IAM, if they contain `iamAuth: true` or an object of options. The given
 * options stay unchanged. Pool settings that are unset get those of `poolPreset`.
 *
 * Without the flag, or with `false`, only the flag is removed. `false` also removes IAM authentication from options that were copied
 * from an instance.
 *
 * Mistakes that only the instance shows, such as a password in a URL, fail the first connection. So do all mistakes in Sequelize 7's
 * own options.
 *
 * @param options Sequelize's options with `iamAuth`. For Sequelize 7, `dialect` must be the dialect's class, not its name.
 * @returns Options for `new Sequelize()`, without `iamAuth`.
 * @throws `ERR_IAM_AUTH_OPTIONS` for an invalid option and, with Sequelize 6, for an option that contradicts IAM authentication.
 * @throws `ERR_IAM_AUTH_UNSUPPORTED`, `ERR_IAM_AUTH_TLS`, `ERR_IAM_AUTH_ENDPOINT` or `ERR_IAM_AUTH_REGION`, with Sequelize 6, as
 * `addIamAuth` does.
 *
 * @example
 * const sequelize = new Sequelize(withIamAuth({ dialect: 'mysql', host: process.env.DB_HOST, username: 'app', iamAuth: true }));
 */
export function withIamAuth<
  // Keeps the literal type of `dialect: 'mysql'`, which Sequelize 6's options need.
  // eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters
  Dialect extends string,
  T extends object & { dialect?: Dialect | object },
>(options: T & IamAuthFlag): Omit<T, 'iamAuth'> {
  return reading('withIamAuth options', () => changed<T>(options));
}

function changed<T extends object>(options: T & IamAuthFlag): Omit<T, 'iamAuth'> {
  const { iamAuth: flag, ...rest } = ownCopy(options);
  const iamAuth = parseFlag(flag);
  if (iamAuth === undefined) return flag === false ? withoutCarried(rest) : rest;
  resolveOptions(iamAuth);
  const bare = withoutCarried<typeof rest & GivenOptions>(rest);
  const { dialect, hooks, pool } = bare;
  const inherited = orInherited(iamAuth, rest);
  const getInherited = () => inherited;
  const filled = { ...bare, pool: fillPool(pool, inherited.limiter) };
  if (typeof dialect === 'function') {
    return { ...filled, dialect: attachingDialect(dialect as DialectClass, getInherited) };
  }
  checkEarly(bare, inherited);
  const own = [hooks?.beforeConnect ?? []].flat();
  return {
    ...filled,
    hooks: { ...hooks, beforeConnect: [...own, createHook({ options: getInherited })] },
  };
}

function checkEarly(options: GivenOptions, iamAuth: IamAuthOptions): void {
  if (typeof options.dialect !== 'string') return;
  const dialect = dialectOf(options.dialect);
  const config = configAccess6(dialect.name).driverConfig(options);
  dialect.check(config);
  // In a replication set, each host has its own config.
  if (!options.replication) checkTarget(config, resolveOptions(iamAuth), dialect);
}
