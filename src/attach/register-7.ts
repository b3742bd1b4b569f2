import { addIamAuth, type SequelizeLike } from './add-iam-auth';
import { attachingDialect, type DialectClass } from './attaching-dialect';
import { attachmentOf } from './attachment';
import {
  carriedIn,
  orInherited,
  withoutCarried,
  type CarryingOptions,
} from '../sequelize/carried-options';
import { IamAuthError } from '../errors';
import { parseFlag, resolveOptions } from '../options';
import { fillPool } from '../sequelize/pool-preset';
import type { IamAuthOptions } from '../options';

/** The static side of Sequelize 7's class, as far as it is used. */
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

/** An instance under construction: what is to be added to it, and how to give the caller's options back. */
interface UnderConstruction {
  readonly iamAuth: IamAuthOptions | undefined;
  readonly restore: () => void;
}

/**
 * Sequelize 7 refuses options that it does not know, so the flag is hidden in the caller's object while the constructor runs, and
 * its pool and its dialect are replaced. The constructor runs in one turn, and whatever becomes of it, the object is as before at the turn's end.
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
    const restore = hideFlag(
      options,
      iamAuth === undefined ? bare(options) : changed(options, iamAuth),
    );
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
  // Each class has hooks of its own.
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

/** What `iamAuth: false` changes of options that carry IAM authentication from another instance. */
function bare(options: Options7): Options7 {
  const { dialect } = withoutCarried(options);
  return options.iamAuth === false && dialect !== options.dialect ? { dialect } : {};
}

/** What the flag changes: the pool, and the dialect, so that whoever copies the options of the instance gets IAM authentication too. */
function changed(options: Options7, iamAuth: IamAuthOptions): Options7 {
  const pool = fillPool(options.pool, iamAuth.limiter);
  const carried = carriedIn(options);
  // addIamAuth judges those that the instance itself was made with.
  const isOwn = carried !== undefined && carried.owner === undefined;
  const { dialect } = withoutCarried(options);
  if (typeof dialect !== 'function' || isOwn) return { pool };
  const carrying = { options: () => iamAuth, owner: undefined };
  return { pool, dialect: attachingDialect(dialect as DialectClass, carrying) };
}

/** Hides the flag and puts the changes in its place, until the returned function is called. */
function hideFlag(options: Options7, changes: Options7): () => void {
  const before = Object.getOwnPropertyDescriptors(options) as Record<string, PropertyDescriptor>;
  // Hidden already, it is lent to another copy of this package.
  if (before.iamAuth?.enumerable !== true) return () => undefined;
  const restore = () => {
    for (const name of ['iamAuth', ...Object.keys(changes)]) {
      const property = before[name];
      if (property === undefined) Reflect.deleteProperty(options, name);
      else Object.defineProperty(options, name, property);
    }
  };
  const isLent =
    Reflect.defineProperty(options, 'iamAuth', { enumerable: false }) &&
    Object.entries(changes).every(([name, value]) => Reflect.set(options, name, value));
  if (isLent) return restore;
  restore();
  throw frozenOptions();
}

function frozenOptions(): IamAuthError {
  return new IamAuthError(
    'ERR_IAM_AUTH_OPTIONS',
    'Sequelize 7 refuses the flag iamAuth unless it can be hidden, but the options are frozen',
    { fix: 'pass withIamAuth(options)' },
  );
}
