import type { CarryingOptions } from './carried-options';
import { addHook6, isSequelize6, sequelize6 } from './sequelize-6';
import { addHook7, isSequelize7, sequelize7 } from './sequelize-7';
import type { IamAuthHook, SequelizeInstance } from './sequelize-instance';

/** Reads a Sequelize instance of either major version. Throws `ERR_IAM_AUTH_UNSUPPORTED` for what is none. */
export function sequelizeOf(target: object): SequelizeInstance {
  return isSequelize7(target) ? sequelize7(target) : sequelize6(target);
}

/** Whether it is an instance, of either version. */
export function isSequelize(target: unknown): target is object {
  return isSequelize6(target) || isSequelize7(target);
}

/** The `beforeConnect` hooks of a Sequelize 6 instance. Those of version 7 are not to be seen, and no other instance inherits them. */
export function hooksOf(target: object): unknown[] {
  const { options } = target as { options?: CarryingOptions };
  return [options?.hooks?.beforeConnect].flat();
}

/** Adds a hook to an instance that may not be supported. */
export function addHook(target: object, hook: IamAuthHook): void {
  if (isSequelize7(target)) addHook7(target, hook);
  else if (isSequelize6(target)) addHook6(target, hook);
}
