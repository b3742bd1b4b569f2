import { addIamAuth, attachmentOf } from './attach';
import { IamAuthError } from './errors';
import { parseFlag, resolveOptions } from './options';
import { fillPool, presetFor } from './pool';
import { failConnections } from './sequelize-of';
import { fillPool6 } from './sequelize-6';
import { isSequelize7 } from './sequelize-7';
import type { IamAuthOptions } from './types';

const HOOK_NAME = 'iam-auth';

/** The static side of Sequelize 6's class, as far as it is used. */
interface SequelizeClass6 {
  addHook(type: 'afterInit', name: string, hook: (sequelize: object) => void): unknown;
  removeHook(type: 'afterInit', name: string): unknown;
}

/** The static side of Sequelize 7's class, as far as it is used. */
interface SequelizeClass7 {
  readonly hooks: {
    addListener(type: 'beforeInit', listener: (options: object) => void): unknown;
    addListener(type: 'afterInit', listener: (sequelize: object) => void): unknown;
    removeListener(type: 'beforeInit' | 'afterInit', listener: (target: object) => void): unknown;
  };
}

/** The class that `sequelize` or `@sequelize/core` exports. */
export type SequelizeClass = SequelizeClass6 | SequelizeClass7;

const registered = new WeakMap<SequelizeClass, () => void>();

/**
 * From now on, every instance of this class whose options say `iamAuth: true`, or give an object of options, logs in with IAM;
 * `defaults` apply to all of them. Pool settings that are left unset get those of `poolPreset`. Mistakes are reported by an instance's
 * first connection, because Sequelize 6 turns an error in its constructor's hooks into an unhandled rejection; Sequelize 7
 * throws them from the constructor. Sequelize runs these hooks for all its subclasses, so registering one of them registers all.
 * Returns a function that ends it for new instances. A class that is registered already keeps its first defaults.
 */
export function registerIamAuth(
  Sequelize: SequelizeClass,
  defaults: IamAuthOptions = {},
): () => void {
  const existing = registered.get(Sequelize);
  if (existing !== undefined) return existing;
  const remove = isClass7(Sequelize)
    ? register7(Sequelize, defaults)
    : register6(Sequelize, defaults);
  const unregister = () => {
    remove();
    registered.delete(Sequelize);
  };
  registered.set(Sequelize, unregister);
  return unregister;
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
    const flagged = parseFlag(takeFlag(sequelize));
    if (flagged === undefined || attachmentOf(sequelize) !== undefined) return;
    const options = { ...defaults, ...flagged };
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

interface Options7 {
  iamAuth?: unknown;
  pool?: object | undefined;
}

/** An instance under construction: what is to be added to it, and how to give the caller's options back. */
interface UnderConstruction {
  readonly iamAuth: IamAuthOptions | undefined;
  readonly giveBack: () => void;
}

/**
 * Sequelize 7 refuses options that it does not know, so the flag is hidden in the caller's object while the constructor runs, and
 * its pool is replaced. The constructor runs in one turn, and whatever becomes of it, the object is as before at the turn's end.
 */
function register7(Sequelize: SequelizeClass7, defaults: IamAuthOptions): () => void {
  const constructions: UnderConstruction[] = [];
  const beforeInit = (options: Options7) => {
    const flagged = parseFlag(options.iamAuth);
    const iamAuth = flagged === undefined ? undefined : { ...defaults, ...flagged };
    if (iamAuth !== undefined) resolveOptions(iamAuth);
    const giveBack = lend(options, iamAuth);
    constructions.push({ iamAuth, giveBack });
    queueMicrotask(() => {
      for (const left of constructions.splice(0).reverse()) left.giveBack();
    });
  };
  const afterInit = (sequelize: object) => {
    const { iamAuth, giveBack } = constructions.pop() ?? {};
    giveBack?.();
    if (iamAuth !== undefined && attachmentOf(sequelize) === undefined) {
      addIamAuth(sequelize, iamAuth);
    }
  };
  const classes = withBases(Sequelize);
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

/** Each class has hooks of its own, and the constructor runs those of Sequelize's own class only. */
function withBases(Sequelize: SequelizeClass7): SequelizeClass7[] {
  const base: unknown = Object.getPrototypeOf(Sequelize);
  const isOne = typeof base === 'function' && isSequelize7(base);
  return [Sequelize, ...(isOne ? withBases(base as unknown as SequelizeClass7) : [])];
}

/** Hides the flag, and fills the pool where the flag asks for IAM authentication; the returned function undoes both. */
function lend(options: Options7, iamAuth: IamAuthOptions | undefined): () => void {
  const { iamAuth: flag, pool } = Object.getOwnPropertyDescriptors(options);
  // Hidden already, it is lent to another copy of this package.
  if (flag?.enumerable !== true) return () => undefined;
  const giveBack = () => {
    Object.defineProperty(options, 'iamAuth', flag);
    if (pool === undefined) delete options.pool;
    else Object.defineProperty(options, 'pool', pool);
  };
  const isLent =
    Reflect.defineProperty(options, 'iamAuth', { enumerable: false }) &&
    (iamAuth === undefined ||
      Reflect.set(options, 'pool', fillPool(options.pool, iamAuth.limiter)));
  if (isLent) return giveBack;
  giveBack();
  throw frozenOptions();
}

function frozenOptions(): IamAuthError {
  return new IamAuthError(
    'ERR_IAM_AUTH_OPTIONS',
    'Sequelize 7 refuses the flag iamAuth unless it can be hidden, but the options are frozen: pass withIamAuth(options)',
  );
}
