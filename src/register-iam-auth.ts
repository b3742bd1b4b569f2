import { isDeepStrictEqual } from 'node:util';
import { addIamAuth, failConnections } from './attach';
import { attachmentOf } from './attachment';
import { orInherited, type CarryingOptions } from './carried-options';
import { IamAuthError } from './errors';
import { parseFlag, resolveOptions } from './options';
import { presetFor } from './pool';
import { register7, type SequelizeClass7 } from './register-7';
import { fillPool6, removeHooks6 } from './sequelize-6';
import { isSequelize7 } from './sequelize-7';
import { hasMethods } from './sequelize-instance';
import type { IamAuthOptions } from './types';

const HOOK_NAME = 'iam-auth';

/** The static side of Sequelize 6's class, as far as it is used. */
interface SequelizeClass6 {
  addHook(type: 'afterInit', name: string, hook: (sequelize: object) => void): unknown;
  removeHook(type: 'afterInit', name: string): unknown;
}

/** The class that `sequelize` or `@sequelize/core` exports. */
export type SequelizeClass = SequelizeClass6 | SequelizeClass7;

interface Registration {
  readonly defaults: IamAuthOptions;
  readonly end: () => void;
}

const registered = new WeakMap<SequelizeClass, Registration>();

/**
 * From now on, every instance of this class whose options say `iamAuth: true`, or give an object of options, logs in with IAM;
 * `defaults` apply to all of them. Pool settings that are left unset get those of `poolPreset`. Mistakes are reported by an instance's
 * first connection, because Sequelize 6 turns an error in its constructor's hooks into an unhandled rejection; Sequelize 7
 * throws them from the constructor. Sequelize runs these hooks for all its subclasses, so registering one of them registers all.
 * Returns a function that ends it for new instances. Registering again returns the same function.
 * Throws `IamAuthError`: `ERR_IAM_AUTH_OPTIONS` for a bad option, and for other defaults than the class is registered with;
 * `ERR_IAM_AUTH_UNSUPPORTED` for what is not Sequelize's class.
 */
export function registerIamAuth(
  Sequelize: SequelizeClass,
  defaults: IamAuthOptions = {},
): () => void {
  resolveOptions(defaults);
  const classes = withBases(Sequelize);
  const root = classes.at(-1) ?? Sequelize;
  const existing = registered.get(root);
  if (existing !== undefined) {
    if (isDeepStrictEqual(defaults, {}) || isDeepStrictEqual(defaults, existing.defaults)) {
      return existing.end;
    }
    throw registeredOtherwise();
  }
  const remove = isClass7(root)
    ? register7(classes as SequelizeClass7[], defaults)
    : register6(root, defaults);
  const end = () => {
    remove();
    registered.delete(root);
  };
  registered.set(root, { defaults, end });
  return end;
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
    typeof value === 'function' &&
    (isSequelize7(value) || hasMethods(value, ['addHook', 'removeHook']))
  );
}

function isClass7(Sequelize: SequelizeClass): Sequelize is SequelizeClass7 {
  return isSequelize7(Sequelize);
}

function register6(Sequelize: SequelizeClass6, defaults: IamAuthOptions): () => void {
  Sequelize.addHook('afterInit', HOOK_NAME, (sequelize) => attachIfFlagged(sequelize, defaults));
  return () => Sequelize.removeHook('afterInit', HOOK_NAME);
}

function attachIfFlagged(sequelize: object, defaults: IamAuthOptions): void {
  try {
    const flag = takeFlag(sequelize);
    const flagged = parseFlag(flag);
    if (flag === false) removeHooks6(sequelize);
    if (flagged === undefined || attachmentOf(sequelize) !== undefined) return;
    const options = orInherited(
      flagged,
      (sequelize as { options: CarryingOptions }).options,
      defaults,
    );
    resolveOptions(options);
    fillPool6(sequelize, { ...presetFor(options.limiter) });
    addIamAuth(sequelize, options);
  } catch (error) {
    failConnections(sequelize, error);
  }
}

/** Reads the flag, and hides it from whoever prints the instance: it may hold credentials. */
function takeFlag(sequelize: object): unknown {
  const { options = {} } = sequelize as { options?: { iamAuth?: unknown } };
  const { iamAuth } = options;
  if (iamAuth !== undefined) Object.defineProperty(options, 'iamAuth', { enumerable: false });
  return iamAuth;
}

function registeredOtherwise(): IamAuthError {
  return new IamAuthError(
    'ERR_IAM_AUTH_OPTIONS',
    'This Sequelize class is registered with other defaults already (sequelize-rds-iam/register has none)',
    { fix: 'call the function that registerIamAuth returned first, or give the defaults there' },
  );
}

function notAClass(): IamAuthError {
  return new IamAuthError(
    'ERR_IAM_AUTH_UNSUPPORTED',
    'registerIamAuth needs the class Sequelize of sequelize 6 or @sequelize/core 7',
    { fix: 'pass the class, not an instance or a module' },
  );
}
