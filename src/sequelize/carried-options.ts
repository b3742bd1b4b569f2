import type { IamAuthOptions } from '../options';

/** Shared by all copies of this package: the doctor may be another one than the configuration uses. */
export const CARRIED = Symbol.for('sequelize-rds-iam.options.v1');

/**
 * The IAM options that travel with Sequelize's own: on a hook (Sequelize 6) or on the dialect's class (Sequelize 7). Whoever copies
 * the options of an instance, or makes two instances of the same, copies them too.
 */
export interface Carried {
  /** A function, so that inspecting whatever carries them does not show credentials. */
  readonly options: () => IamAuthOptions;
  /** The instance that was made with them, once that is known: the first that used them. All others have copied its options. */
  owner: WeakRef<object> | undefined;
  /** Why the owner must not connect. */
  readonly error?: Error;
  /** The dialect's class that carries nothing. */
  readonly dialect?: unknown;
}

/** What is read of Sequelize's options, whichever the version. */
export interface CarryingOptions {
  readonly dialect?: unknown;
  readonly hooks?: { readonly beforeConnect?: unknown } | null;
}

/** Puts them on a hook. */
export function carrying<Hook extends object>(hook: Hook, carried: Carried): Hook {
  return Object.defineProperty(hook, CARRIED, { value: carried });
}

/** What a hook or a dialect's class carries. */
export function carriedBy(value: unknown): Carried | undefined {
  return typeof value === 'function' ? (value as { [CARRIED]?: Carried })[CARRIED] : undefined;
}

/** What options of Sequelize carry. */
export function carriedIn({ dialect, hooks }: CarryingOptions): Carried | undefined {
  return [dialect, hooks?.beforeConnect].flat().map(carriedBy).find(Boolean);
}

/** The options of Sequelize without what they carry; the same object where they carry nothing. */
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

/** The given IAM options on top of `defaults`; for none, such as the flag `true`, those that the options of Sequelize carry. */
export function orInherited(
  given: IamAuthOptions,
  options: CarryingOptions,
  defaults: IamAuthOptions = {},
): IamAuthOptions {
  const inherited = Object.keys(given).length > 0 ? undefined : carriedIn(options)?.options();
  return inherited ?? { ...defaults, ...given };
}

/** Instances whose IAM authentication was added or removed by a call: what they were made with no longer counts. */
const decided = new WeakSet<object>();

/** To be called when a call adds IAM authentication to an instance or returns its handle. */
export function decide(sequelize: object): void {
  decided.add(sequelize);
}

/** Whether a call has added it, or taken it off again. */
export function isDecided(sequelize: object): boolean {
  return decided.has(sequelize);
}

/** What an instance of Sequelize, of either version, was made with, as long as no call has decided otherwise. */
export function carriedOf(sequelize: object): Carried | undefined {
  if (decided.has(sequelize)) return undefined;
  const { options, rawOptions } = sequelize as { options?: object; rawOptions?: object };
  return carriedIn(rawOptions ?? options ?? {});
}

/** Whether the instance has them from another one. */
export function isInherited({ owner }: Carried, sequelize: object): boolean {
  return owner !== undefined && owner.deref() !== sequelize;
}

/** The first instance that uses them owns them. */
export function claim(carried: Carried, sequelize: object): void {
  carried.owner ??= new WeakRef(sequelize);
}
