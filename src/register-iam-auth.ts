import { addIamAuth, attachmentOf } from './attach';
import { parseFlag, resolveOptions } from './options';
import { sequelize6 } from './sequelize-6';
import type { IamAuthOptions } from './types';
import { presetFor } from './with-iam-auth';

const HOOK_NAME = 'iam-auth';

/** The static side of Sequelize's class, as far as it is used. */
export interface SequelizeClass {
  addHook(type: 'afterInit', name: string, hook: (sequelize: object) => void): unknown;
  removeHook(type: 'afterInit', name: string): unknown;
}

interface HookedInstance {
  addHook(type: 'beforeConnect', name: string, hook: () => never): unknown;
}

const registered = new WeakMap<SequelizeClass, () => void>();

/**
 * From now on, every instance of this class whose options say `iamAuth: true`, or give an object of options, logs in with IAM;
 * `defaults` apply to all of them. Pool settings that are left unset get those of `poolPreset`. Mistakes are reported by an instance's
 * first connection, because Sequelize turns an error in its constructor's hooks into an unhandled rejection.
 * Returns a function that ends it for new instances. A class that is registered already keeps its first defaults.
 */
export function registerIamAuth(
  Sequelize: SequelizeClass,
  defaults: IamAuthOptions = {},
): () => void {
  const existing = registered.get(Sequelize);
  if (existing !== undefined) return existing;
  Sequelize.addHook('afterInit', HOOK_NAME, (sequelize) => attachIfFlagged(sequelize, defaults));
  const unregister = () => {
    Sequelize.removeHook('afterInit', HOOK_NAME);
    registered.delete(Sequelize);
  };
  registered.set(Sequelize, unregister);
  return unregister;
}

function attachIfFlagged(sequelize: object, defaults: IamAuthOptions): void {
  try {
    const flagged = parseFlag(takeFlag(sequelize));
    if (flagged === undefined || attachmentOf(sequelize) !== undefined) return;
    const options = { ...defaults, ...flagged };
    resolveOptions(options);
    sequelize6(sequelize).fillPool({ ...presetFor(options) });
    addIamAuth(sequelize, options);
  } catch (error) {
    (sequelize as HookedInstance).addHook('beforeConnect', HOOK_NAME, () => {
      throw error;
    });
  }
}

/** Reads the flag, and hides it from whoever prints the instance: it may hold credentials. */
function takeFlag(sequelize: object): unknown {
  const { options = {} } = sequelize as { options?: { iamAuth?: unknown } };
  const { iamAuth } = options;
  if (iamAuth !== undefined) Object.defineProperty(options, 'iamAuth', { enumerable: false });
  return iamAuth;
}
