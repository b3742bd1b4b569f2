import { addIamAuth, failConnections, type SequelizeLike } from './add-iam-auth';
import { attachmentOf } from './attachment';
import { orInherited, type CarryingOptions } from '../sequelize/carried-options';
import { refuse, refuseOption } from '../errors';
import { readableCopy } from '../option-rules';
import { parseFlag, resolveOptions, type IamAuthOptions } from '../options';
import { presetFor } from '../sequelize/pool-preset';
import { register7, type SequelizeClass7 } from './register-7';
import { isSame } from './same-options';
import { fillPool6 } from '../sequelize/v6';
import { isSequelize7 } from '../sequelize/v7';
import { hasMethods } from '../sequelize/instance';

/** The static members of Sequelize 6's class that this package uses. */
interface SequelizeClass6 {
  addHook(type: 'afterInit', hook: (sequelize: SequelizeLike) => void): unknown;
  /** Also accepts the hook itself, which Sequelize's types omit. */
  removeHook(type: 'afterInit', hook: never): unknown;
}

/** The class that `sequelize` or `@sequelize/core` exports. */
export type SequelizeClass = SequelizeClass6 | SequelizeClass7;

/** The registration of a class. */
export interface IamAuthRegistration {
  /** Stops adding IAM authentication to new instances. Existing instances keep it. */
  readonly remove: () => void;
}

interface Registered {
  readonly defaults: IamAuthOptions;
  readonly registration: IamAuthRegistration;
}

const registered = new WeakMap<SequelizeClass, Registered>();

/**
 * Adds IAM authentication to every new instance of Sequelize whose options contain `iamAuth: true` or an object of options.
 * `defaults` apply to all of them. Pool settings that are unset get those of `poolPreset`.
 *
 * Sequelize runs these hooks for all its subclasses, so registering one of them registers all. Registering again returns the same
 * handle.
 *
 * Errors in an instance's options fail its first connection with Sequelize 6, which would turn an error in its constructor's hooks
 * into an unhandled rejection. Sequelize 7 throws them from the constructor.
 *
 * @param Sequelize The class that `sequelize` or `@sequelize/core` exports, or a subclass.
 * @param defaults Options for all instances; an instance's own options override them.
 * @returns A handle with `remove()`.
 * @throws `ERR_IAM_AUTH_OPTIONS` for an invalid option, and if the class is already registered with other defaults.
 * @throws `ERR_IAM_AUTH_UNSUPPORTED` if `Sequelize` is not Sequelize's class.
 *
 * @example
 * registerIamAuth(Sequelize, { limiter: { processes: 4 } });
 * const sequelize = new Sequelize({ dialect: 'mysql', host: process.env.DB_HOST, username: 'app', iamAuth: true });
 */
export function registerIamAuth(
  Sequelize: SequelizeClass,
  defaults: IamAuthOptions = {},
): IamAuthRegistration {
  const given = readableCopy(defaults, 'registerIamAuth defaults');
  resolveOptions(given);
  const classes = withBases(Sequelize);
  const root = classes.at(-1) ?? Sequelize;
  const existing = registered.get(root);
  if (existing !== undefined) {
    if (isSame(given, {}) || isSame(given, existing.defaults)) return existing.registration;
    refuseOption(
      'This Sequelize class is already registered with other defaults (sequelize-rds-iam/register sets none)',
      'remove sequelize-rds-iam/register, or pass these defaults to the first registerIamAuth',
    );
  }
  const undo = isSequelize7(root)
    ? register7(classes as SequelizeClass7[], given)
    : register6(root as SequelizeClass6, given);
  const registration: IamAuthRegistration = {
    remove: () => {
      if (registered.get(root)?.registration !== registration) return;
      undo();
      registered.delete(root);
    },
  };
  registered.set(root, { defaults: given, registration });
  return registration;
}

/** The class and its base classes, up to Sequelize's own, whose hooks its constructor runs for all subclasses. */
function withBases(Sequelize: SequelizeClass): SequelizeClass[] {
  if (!isSequelizeClass(Sequelize)) {
    refuse(
      'ERR_IAM_AUTH_UNSUPPORTED',
      'registerIamAuth needs the Sequelize class of sequelize 6 or @sequelize/core 7',
      'pass the class, not an instance or a module',
    );
  }
  const base: unknown = Object.getPrototypeOf(Sequelize);
  return [Sequelize, ...(isSequelizeClass(base) ? withBases(base) : [])];
}

/** Whether a value is the class `Sequelize` of either version, or a subclass. */
export function isSequelizeClass(value: unknown): value is SequelizeClass {
  return (
    hasMethods(value, ['addHook', 'removeHook']) &&
    hasMethods(Reflect.get(Object(value), 'prototype'), ['authenticate', 'close'])
  );
}

function register6(Sequelize: SequelizeClass6, defaults: IamAuthOptions): () => void {
  // Unnamed: another copy of this package would remove a hook of the same name.
  const hook = (sequelize: SequelizeLike) => attachIfFlagged(sequelize, defaults);
  Sequelize.addHook('afterInit', hook);
  return () => Sequelize.removeHook('afterInit', hook as never);
}

function attachIfFlagged(sequelize: SequelizeLike, defaults: IamAuthOptions): void {
  const flag = takeFlag(sequelize);
  let options = flag as IamAuthOptions;
  try {
    const flagged = parseFlag(flag);
    if (flagged === undefined || attachmentOf(sequelize) !== undefined) return;
    const { options: given } = sequelize as SequelizeLike & { options: CarryingOptions };
    options = orInherited(flagged, given, defaults);
    resolveOptions(options);
    fillPool6(sequelize, { ...presetFor(options.limiter) });
    addIamAuth(sequelize, options);
  } catch (error) {
    failConnections(sequelize, error, options);
  }
}

/** Removes the flag from the instance's options, unless it is `false`. It may hold credentials, which printed options must not show. */
function takeFlag(sequelize: object): unknown {
  const { options = {} } = sequelize as { options?: { iamAuth?: unknown } };
  const { iamAuth } = options;
  if (iamAuth !== false) delete options.iamAuth;
  return iamAuth;
}
