import { sequelize6 } from './sequelize-6';
import { isSequelize7, sequelize7 } from './sequelize-7';
import type { SequelizeInstance } from './sequelize-instance';

/** Reads a Sequelize instance of either major version. Throws `ERR_IAM_AUTH_UNSUPPORTED` for what is none. */
export function sequelizeOf(target: object): SequelizeInstance {
  return isSequelize7(target) ? sequelize7(target) : sequelize6(target);
}

interface Hooked6 {
  addHook(type: 'beforeConnect', name: string, hook: () => never): unknown;
}

interface Hooked7 {
  readonly hooks: { addListener(type: 'beforeConnect', listener: () => never): unknown };
}

/** Makes every connection of an instance fail with this error: for mistakes that must not be thrown where they are found. */
export function failConnections(target: object, error: unknown): void {
  const fail = () => {
    throw error;
  };
  if (isSequelize7(target)) (target as Hooked7).hooks.addListener('beforeConnect', fail);
  else (target as Hooked6).addHook('beforeConnect', 'iam-auth', fail);
}
