import { addIamAuth, type SequelizeLike } from './add-iam-auth';
import { attachingDialect, type DialectClass } from './attaching-dialect';
import { attachmentOf } from './attachment';
import {
  carriedIn,
  orInherited,
  withoutCarried,
  type CarryingOptions,
} from '../sequelize/carried-options';
import { refuseOption } from '../errors';
import { parseFlag, resolveOptions, type IamAuthOptions } from '../options';
import { fillPool } from '../sequelize/pool-preset';

/** The static members of Sequelize 7's class that this package uses. */
export interface SequelizeClass7 {
  readonly hooks: {
    addListener(type: 'beforeInit', listener: (options: object) => void): unknown;
    addListener(type: 'afterInit', listener: (sequelize: SequelizeLike) => void): unknown;
    removeListener(type: 'beforeInit' | 'afterInit', listener: (target: never) => void): unknown;
  };
}

interface Options7 extends CarryingOptions {
  readonly iamAuth?: unknown;
  readonly pool?: object | undefined;
}

/** An instance under construction. */
interface UnderConstruction {
  /** The IAM options to add to it. */
  readonly iamAuth: IamAuthOptions | undefined;
  /** Restores the caller's options object. */
  readonly restore: () => void;
}

/**
 * Registers with Sequelize 7's classes. Sequelize 7 rejects unknown options, so the flag is hidden in the caller's object while the
 * constructor runs, and `pool` and `dialect` are replaced. The constructor is synchronous. A microtask restores the object even if it
 * throws.
 */
export function register7(
  classes: readonly SequelizeClass7[],
  defaults: IamAuthOptions,
): () => void {
  const constructions: UnderConstruction[] = [];
  const beforeInit = (options: Options7) => {
    const flagged = parseFlag(options.iamAuth);
    const iamAuth = flagged && orInherited(flagged, options, defaults);
    if (iamAuth !== undefined) resolveOptions(iamAuth);
    const changes = iamAuth === undefined ? unflagged(options) : flaggedWith(iamAuth, options);
    const restore = hideFlag(options, changes);
    constructions.push({ iamAuth, restore });
    queueMicrotask(() => {
      for (const left of constructions.splice(0).reverse()) left.restore();
    });
  };
  const afterInit = (sequelize: SequelizeLike) => {
    const { iamAuth, restore } = constructions.pop() ?? {};
    restore?.();
    if (iamAuth !== undefined && attachmentOf(sequelize) === undefined) {
      addIamAuth(sequelize, iamAuth);
    }
  };
  // Each class has its own hooks.
  for (const { hooks } of classes) {
    hooks.addListener('beforeInit', beforeInit);
    hooks.addListener('afterInit', afterInit);
  }
  return () => {
    for (const { hooks } of classes) {
      hooks.removeListener('beforeInit', beforeInit);
      hooks.removeListener('afterInit', afterInit);
    }
  };
}

/** The changes for `iamAuth: false`: a dialect copied from another instance loses its IAM options. */
function unflagged(options: Options7): Options7 {
  const { dialect } = withoutCarried(options);
  return options.iamAuth === false && dialect !== options.dialect ? { dialect } : {};
}

/** The changes for the flag: the pool, and the dialect, which carries IAM authentication to instances created from this one's options. */
function flaggedWith(iamAuth: IamAuthOptions, options: Options7): Options7 {
  const pool = fillPool(options.pool, iamAuth.limiter);
  const carried = carriedIn(options);
  // addIamAuth compares the options that this instance itself was created with.
  const isOwn = carried !== undefined && carried.owner === undefined;
  const { dialect } = withoutCarried(options);
  if (typeof dialect !== 'function' || isOwn) return { pool };
  return { pool, dialect: attachingDialect(dialect as DialectClass, () => iamAuth) };
}

/** Hides the flag and applies the changes. The returned function restores the options. */
function hideFlag(options: Options7, changes: Options7): () => void {
  const before = Object.getOwnPropertyDescriptors(options) as Record<string, PropertyDescriptor>;
  // Another copy of this package has already hidden it.
  if (before.iamAuth?.enumerable !== true) return () => undefined;
  const restore = () => {
    for (const name of ['iamAuth', ...Object.keys(changes)]) {
      const property = before[name];
      if (property === undefined) Reflect.deleteProperty(options, name);
      else Object.defineProperty(options, name, property);
    }
  };
  const isHidden =
    Reflect.defineProperty(options, 'iamAuth', { enumerable: false }) &&
    Object.entries(changes).every(([name, value]) => Reflect.set(options, name, value));
  if (isHidden) return restore;
  restore();
  return refuseOption(
    'Sequelize 7 rejects the option iamAuth unless it is hidden, which frozen options prevent',
    'pass withIamAuth(options)',
  );
}
