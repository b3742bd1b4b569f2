import { addHook6, isSequelize6, sequelize6 } from './v6';
import { addHook7, isSequelize7, sequelize7 } from './v7';
import type { IamAuthHook, SequelizeInstance } from './instance';

/** Reads a Sequelize instance of either major version. Throws `ERR_IAM_AUTH_UNSUPPORTED` for anything else. */
export function adaptSequelize(target: object): SequelizeInstance {
  return isSequelize7(target) ? sequelize7(target) : sequelize6(target);
}

/** Whether a value looks like an instance of either version. */
export function isSequelize(target: unknown): target is object {
  return isSequelize6(target) || isSequelize7(target);
}

/** Adds this package's only hook to an instance, after all others and in place of inherited ones. */
export function addHook(target: object, hook: IamAuthHook): void {
  if (isSequelize7(target)) addHook7(target, hook);
  else if (isSequelize6(target)) addHook6(target, hook);
}
