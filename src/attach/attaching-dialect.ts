import { attach, failConnections } from './add-iam-auth';
import { attachmentOf } from './attachment';
import { CARRIED, carriedOf, claim, type Carried } from '../sequelize/carried-options';

/** The dialect of Sequelize 7's options, a class. */
export type DialectClass = new (sequelize: object, ...rest: unknown[]) => object;

/**
 * The given class, which also carries IAM options to every instance that it is the dialect of. Sequelize 7 tells its hooks
 * nothing of the instance, but makes a dialect for each. The instance is complete when its constructor has returned, before it can
 * open a connection.
 */
export function attachingDialect(dialect: DialectClass, { options, owner }: Carried): DialectClass {
  const carried: Carried = { options, owner, dialect };
  return new Proxy(dialect, {
    get: (target, key, receiver) =>
      key === CARRIED ? carried : (Reflect.get(target, key, receiver) as unknown),
    construct: (target, args, newTarget) => {
      const [sequelize] = args as [object];
      queueMicrotask(() => {
        try {
          const isOpen =
            attachmentOf(sequelize) === undefined && carriedOf(sequelize) !== undefined;
          if (isOpen) attach(sequelize, options());
          claim(carried, sequelize);
        } catch (error) {
          failConnections(sequelize, error, options());
        }
      });
      return Reflect.construct(target, args, newTarget) as object;
    },
  });
}
