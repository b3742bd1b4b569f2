import type { IamAuthOptions } from '../options';

/** Shared by all copies of this package: the doctor's copy may not be the application's. */
export const CARRIED = Symbol.for('sequelize-rds-iam.options.v1');

/**
 * The IAM options that travel with Sequelize's own, attached to a hook (Sequelize 6) or to the dialect's class (Sequelize 7). Code that
 * copies an instance's options, or creates two instances from the same options, copies them too.
 */
export interface Carried {
  /** A function, so that printing the hook or class shows no credentials. */
  readonly options: () => IamAuthOptions;
  /** The first instance that used these options, once known. All other instances copied them from it. */
  owner?: WeakRef<object>;
  /** Why the owner must not connect. */
  readonly error?: Error;
  /** The dialect's class without IAM options. */
  readonly dialect?: unknown;
}

/** The Sequelize options that can carry IAM options, in either version. */
export interface CarryingOptions {
  readonly dialect?: unknown;
  readonly hooks?: { readonly beforeConnect?: unknown } | null;
}

/** Attaches IAM options to a hook. */
export function carrying<Hook extends object>(hook: Hook, carried: Carried): Hook {
  return Object.defineProperty(hook, CARRIED, { value: carried });
}

/** The IAM options that a hook or a dialect's class carries. */
export function carriedBy(value: unknown): Carried | undefined {
  return typeof value === 'function' ? (value as { [CARRIED]?: Carried })[CARRIED] : undefined;
}

/** The IAM options that Sequelize's options carry. */
export function carriedIn({ dialect, hooks }: CarryingOptions): Carried | undefined {
  return [dialect, hooks?.beforeConnect].flat().map(carriedBy).find(Boolean);
}

/** Sequelize's options without IAM options. The same object if they carry none. */
export function withoutCarried<Options extends CarryingOptions>(options: Options): Options {
  if (carriedIn(options) === undefined) return options;
  const { dialect, hooks } = options;
  const beforeConnect = [hooks?.beforeConnect ?? []].flat().filter((hook) => !carriedBy(hook));
  return {
    ...options,
    dialect: carriedBy(dialect)?.dialect ?? dialect,
    ...(hooks?.beforeConnect !== undefined && { hooks: { ...hooks, beforeConnect } }),
  };
}

/** The given IAM options on top of `defaults`. If none are given, as with the flag `true`, those that Sequelize's options carry. */
export function orInherited(
  given: IamAuthOptions,
  options: CarryingOptions,
  defaults: IamAuthOptions = {},
): IamAuthOptions {
  const inherited = Object.keys(given).length > 0 ? undefined : carriedIn(options)?.options();
  return inherited ?? { ...defaults, ...given };
}

/** The instances that `addIamAuth` was called for. The options they were created with no longer apply, even after `remove()`. */
export const decided = new WeakSet<object>();

/** The IAM options that an instance of either version was created with, unless `addIamAuth` was called for it. */
export function carriedOf(sequelize: object): Carried | undefined {
  if (decided.has(sequelize)) return undefined;
  const { options, rawOptions } = sequelize as { options?: object; rawOptions?: object };
  return carriedIn(rawOptions ?? options ?? {});
}

/** Whether the instance copied these options from another one. */
export function isInherited({ owner }: Carried, sequelize: object): boolean {
  return owner !== undefined && owner.deref() !== sequelize;
}

/** Makes the first instance that uses these options their owner. */
export function claim(carried: Carried, sequelize: object): void {
  carried.owner ??= new WeakRef(sequelize);
}
