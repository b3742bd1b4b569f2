import { attach, attachmentOf, type Attachment } from './attach';
import { dialectOf } from './dialects';
import { parseFlag, resolveOptions } from './options';
import { poolPreset } from './pool';
import type { ConnectionConfig, IamAuthOptions } from './types';

/** Sequelize's options with the flag. */
export interface FlaggedOptions {
  iamAuth?: boolean | IamAuthOptions | null | undefined;
}

interface OptionsWithHooks {
  readonly hooks?: { readonly beforeConnect?: unknown } | null;
  readonly pool?: object | null;
}

/**
 * A copy of Sequelize's options in which `iamAuth: true`, or an object of options, has become IAM authentication; the given
 * options stay as they are. Pool settings that are left unset get those of `poolPreset`. Without the flag, or with `false`, only
 * the flag is taken out. Throws `IamAuthError` for a bad option or one of Sequelize's that contradicts it; what only
 * the instance can tell, such as the password in a URL, is reported by the first connection.
 */
export function withIamAuth<T extends object>(options: T & FlaggedOptions): Omit<T, 'iamAuth'> {
  const { iamAuth: flag, ...rest } = options;
  const iamAuth = parseFlag(flag);
  if (iamAuth === undefined) return rest;
  resolveOptions(iamAuth);
  checkEarly(rest);
  const { hooks, pool }: OptionsWithHooks = rest;
  const own = hooks?.beforeConnect;
  return {
    ...rest,
    pool: fillPool(pool ?? {}, iamAuth),
    hooks: {
      ...hooks,
      beforeConnect: [...(own === undefined ? [] : [own].flat()), attachOnFirstConnect(iamAuth)],
    },
  };
}

function checkEarly(options: ConnectionConfig & { readonly dialect?: unknown }): void {
  if (typeof options.dialect === 'string') dialectOf(options.dialect).check(options);
}

/** The pool settings to use where the user set none: the preset for this limiter's share. */
export function presetFor({ limiter }: IamAuthOptions): ReturnType<typeof poolPreset> {
  if (limiter === undefined || limiter === false || 'acquire' in limiter) return poolPreset();
  const { limit, processes } = limiter;
  return poolPreset({
    ...(limit === undefined ? {} : { limit }),
    ...(processes === undefined ? {} : { processes }),
  });
}

function fillPool(pool: object, iamAuth: IamAuthOptions): object {
  const set = Object.entries(pool).filter(([, value]) => value !== undefined);
  return { ...presetFor(iamAuth), ...Object.fromEntries(set) };
}

/** Sequelize runs the hooks of its options with the instance as `this`, which is how the instance is found. */
function attachOnFirstConnect(options: IamAuthOptions) {
  const mine = new WeakMap<object, Attachment>();
  return async function iamAuth(this: object, config: ConnectionConfig): Promise<void> {
    if (attachmentOf(this) === undefined && !mine.has(this)) mine.set(this, attach(this, options));
    const attachment = mine.get(this);
    if (attachment !== undefined && attachment === attachmentOf(this)) {
      await attachment.beforeConnect(config);
    }
  };
}
