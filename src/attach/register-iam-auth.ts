import { addIamAuth, failConnections, type SequelizeLike } from './add-iam-auth';
import { attachmentOf } from './attachment';
import { orInherited, type CarryingOptions } from '../sequelize/carried-options';
import { IamAuthError } from '../errors';
import { parseFlag, resolveOptions } from '../options';
import { presetFor } from '../sequelize/pool-preset';
import { register7, type SequelizeClass7 } from './register-7';
import { isSame } from './same-options';
import { fillPool6 } from '../sequelize/v6';
import { isSequelize7 } from '../sequelize/v7';
import { hasMethods } from '../sequelize/instance';
import type { IamAuthOptions } from '../options';

/** The static side of Sequelize 6's class, as far as it is used. */
interface SequelizeClass6 {
  addHook(type: 'afterInit', hook: (sequelize: SequelizeLike) => void): unknown;
  /** Takes the hook itself too, which Sequelize's types do not say. */
  removeHook(type: 'afterInit', hook: never): unknown;
}

/** The class that `sequelize` or `@sequelize/core` exports. */
export type SequelizeClass = SequelizeClass6 | SequelizeClass7;

/** IAM authentication for the instances of a class. */
export interface IamAuthRegistration {
  /** Ends it for new instances. */
  readonly remove: () => void;
}

interface Registered {
  readonly defaults: IamAuthOptions;
  readonly registration: IamAuthRegistration;
}

const registered = new WeakMap<SequelizeClass, Registered>();

/**
 * From now on, every instance of this class whose options say `iamAuth: true`, or give an object of options, logs in with IAM;
 * `defaults` apply to all of them. Pool settings that are left unset get those of `poolPreset`. Mistakes are reported by an instance's
 * first connection, because Sequelize 6 turns an error in its constructor's hooks into an unhandled rejection; Sequelize 7
 * throws them from the constructor. Sequelize runs these hooks for all its subclasses, so registering one of them registers all.
 * Registering again returns the same handle.
 * Throws `IamAuthError`: `ERR_IAM_AUTH_OPTIONS` for a bad option, and for other defaults than the class is registered with;
 * `ERR_IAM_AUTH_UNSUPPORTED` for what is not Sequelize's class.
 */
export function registerIamAuth(
  Sequelize: SequelizeClass,
  defaults: IamAuthOptions = {},
): IamAuthRegistration {
  resolveOptions(defaults);
  const classes = withBases(Sequelize);
  const root = classes.at(-1) ?? Sequelize;
  const existing = registered.get(root);
  if (existing !== undefined) {
    if (isSame(defaults, {}) || isSame(defaults, existing.defaults)) return existing.registration;
    throw registeredOtherwise();
  }
  const undo = isClass7(root)
    ? register7(classes as SequelizeClass7[], defaults)
    : register6(root, defaults);
  const registration: IamAuthRegistration = {
    remove: () => {
      if (registered.get(root)?.registration !== registration) return;
      undo();
      registered.delete(root);
    },
  };
  registered.set(root, { defaults: { ...defaults }, registration });
  return registration;
}

/** The class and those it extends, Sequelize's own among them: its constructor runs the hooks of that one for all. */
function withBases(Sequelize: SequelizeClass): SequelizeClass[] {
  if (!isSequelizeClass(Sequelize)) throw notAClass();
  const base: unknown = Object.getPrototypeOf(Sequelize);
  return [Sequelize, ...(isSequelizeClass(base) ? withBases(base) : [])];
}

/** Whether it is the class `Sequelize`, of either version, or one that extends it. */
export function isSequelizeClass(value: unknown): value is SequelizeClass {
  return (
    hasMethods(value, ['addHook', 'removeHook']) &&
    hasMethods(Reflect.get(Object(value), 'prototype'), ['authenticate', 'close'])
  );
}

function isClass7(Sequelize: SequelizeClass): Sequelize is SequelizeClass7 {
  return isSequelize7(Sequelize);
}

function register6(Sequelize: SequelizeClass6, defaults: IamAuthOptions): () => void {
  // Without a name, by which another copy of this package would remove it with its own.
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

/** Takes the flag out of the instance's options, unless it is off: it may hold credentials, and nobody who prints them must see those. */
function takeFlag(sequelize: object): unknown {
  const { options = {} } = sequelize as { options?: { iamAuth?: unknown } };
  const { iamAuth } = options;
  if (iamAuth !== false) delete options.iamAuth;
  return iamAuth;
}

function registeredOtherwise(): IamAuthError {
  return new IamAuthError(
    'ERR_IAM_AUTH_OPTIONS',
    'This Sequelize class is registered with other defaults already (sequelize-rds-iam/register has none)',
    {
      fix: 'remove sequelize-rds-iam/register, or pass these defaults to the first registerIamAuth',
    },
  );
}

function notAClass(): IamAuthError {
  return new IamAuthError(
    'ERR_IAM_AUTH_UNSUPPORTED',
    'registerIamAuth needs the class Sequelize of sequelize 6 or @sequelize/core 7',
    { fix: 'pass the class, not an instance or a module' },
  );
}
