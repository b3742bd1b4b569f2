import { addIamAuth, attach, attachmentOf, type Attachment } from './attach';
import { dialectOf } from './dialects';
import { IamAuthError } from './errors';
import { parseFlag, resolveOptions } from './options';
import { fillPool } from './pool';
import { failConnections } from './sequelize-of';
import { layout6 } from './sequelize-6';
import { hasMethods } from './sequelize-instance';
import type { ConnectionConfig, IamAuthOptions } from './types';

/** Shared by all copies of this package: the doctor may be another one than the configuration uses. */
const OPTIONS = Symbol.for('sequelize-rds-iam.options.v1');

/** Sequelize's options with the flag. */
export interface FlaggedOptions {
  iamAuth?: boolean | IamAuthOptions | null | undefined;
}

/** The dialect of Sequelize 7's options, a class. */
type DialectClass = new (sequelize: object, ...rest: unknown[]) => object;

interface GivenOptions extends ConnectionConfig {
  readonly dialect?: unknown;
  readonly hooks?: { readonly beforeConnect?: unknown } | null;
  readonly pool?: object | null;
}

/**
 * A copy of Sequelize's options in which `iamAuth: true`, or an object of options, has become IAM authentication; the given
 * options stay as they are. Pool settings that are left unset get those of `poolPreset`. Without the flag, or with `false`, only
 * the flag is taken out. With Sequelize 7, `dialect` must be the dialect's class.
 * Throws `IamAuthError` for a bad option or one of Sequelize's that contradicts it; what only
 * the instance can tell, such as the password in a URL, is reported by the first connection.
 */
export function withIamAuth<
  // Only to keep the literal type of `dialect: 'mysql'`, which Sequelize 6's options ask for.
  // eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters
  Dialect extends string,
  T extends object & { dialect?: Dialect | object },
>(options: T & FlaggedOptions): Omit<T, 'iamAuth'> {
  const { iamAuth: flag, ...rest } = options;
  const iamAuth = parseFlag(flag);
  if (iamAuth === undefined) return rest;
  resolveOptions(iamAuth);
  const { dialect, hooks, pool }: GivenOptions = rest;
  const filled = { ...rest, pool: fillPool(pool, iamAuth.limiter) };
  if (typeof dialect === 'function') {
    return { ...filled, dialect: attaching(dialect as DialectClass, iamAuth) };
  }
  checkEarly(rest);
  const own = hooks?.beforeConnect;
  return {
    ...filled,
    hooks: {
      ...hooks,
      beforeConnect: [...(own === undefined ? [] : [own].flat()), attachOnFirstConnect(iamAuth)],
    },
  };
}

function checkEarly(options: GivenOptions): void {
  if (typeof options.dialect !== 'string') return;
  const dialect = dialectOf(options.dialect);
  dialect.check(layout6(dialect.name).driverConfig(options));
}

/** Sequelize 6 runs the hooks of its options with the instance as `this`, which is how the instance is found. */
function attachOnFirstConnect(options: IamAuthOptions) {
  const mine = new WeakMap<object, Attachment>();
  const hook = async function iamAuth(this: object, config: ConnectionConfig): Promise<void> {
    checkIsInstance(this);
    if (attachmentOf(this) === undefined && !mine.has(this)) mine.set(this, attach(this, options));
    const attachment = mine.get(this);
    if (attachment !== undefined && attachment === attachmentOf(this)) {
      await attachment.beforeConnect(config);
    }
  };
  return Object.defineProperty(hook, OPTIONS, { value: options });
}

/** The IAM options that `withIamAuth` has put into these options of Sequelize, for the doctor. */
export function iamAuthIn({ dialect, hooks }: GivenOptions): IamAuthOptions | undefined {
  const [found] = [dialect, hooks?.beforeConnect]
    .flat()
    .flatMap((value) =>
      typeof value === 'function' ? ((value as { [OPTIONS]?: IamAuthOptions })[OPTIONS] ?? []) : [],
    );
  return found;
}

function checkIsInstance(target: object): void {
  if (hasMethods(target, ['getDialect'])) return;
  throw new IamAuthError(
    'ERR_IAM_AUTH_UNSUPPORTED',
    'With Sequelize 7, withIamAuth needs the dialect’s class: set dialect to MySqlDialect, MariaDbDialect or PostgresDialect',
  );
}

/**
 * Sequelize 7 tells its hooks nothing of the instance, but makes a dialect of its class for each. The instance is complete when
 * its constructor has returned, before it can open a connection.
 */
function attaching(dialect: DialectClass, options: IamAuthOptions): DialectClass {
  return new Proxy(dialect, {
    get: (target, key, receiver) =>
      key === OPTIONS ? options : (Reflect.get(target, key, receiver) as unknown),
    construct: (target, args, newTarget) => {
      const [sequelize] = args as [object];
      queueMicrotask(() => {
        try {
          if (attachmentOf(sequelize) === undefined) addIamAuth(sequelize, options);
        } catch (error) {
          failConnections(sequelize, error);
        }
      });
      return Reflect.construct(target, args, newTarget) as object;
    },
  });
}
