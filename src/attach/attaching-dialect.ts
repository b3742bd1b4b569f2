import { attach, failConnections } from './add-iam-auth';
import { attachmentOf } from './attachment';
import type { IamAuthOptions } from '../options';
import { CARRIED, carriedOf, claim, type Carried } from '../sequelize/carried-options';

/** The option `dialect` of Sequelize 7. */
export type DialectClass = new (sequelize: object, ...rest: unknown[]) => object;

/**
 * Wraps a dialect class so that it adds IAM authentication to every instance that uses it. Sequelize 7 passes no instance to its hooks,
 * but constructs one dialect per instance. The microtask runs after the instance's constructor, and before its first connection.
 */
export function attachingDialect(
  dialect: DialectClass,
  options: () => IamAuthOptions,
): DialectClass {
  const carried: Carried = { options, dialect };
  return new Proxy(dialect, {
    get: (target, key, receiver) =>
      key === CARRIED ? carried : (Reflect.get(target, key, receiver) as unknown),
    construct: (target, args, newTarget) => {
      const [sequelize] = args as [object];
      queueMicrotask(() => {
        try {
          const isAttached = attachmentOf(sequelize) !== undefined;
          if (!isAttached && carriedOf(sequelize) !== undefined) attach(sequelize, options());
          claim(carried, sequelize);
        } catch (error) {
          failConnections(sequelize, error, options());
        }
      });
      return Reflect.construct(target, args, newTarget) as object;
    },
  });
}
