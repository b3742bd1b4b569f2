import {
  attachmentOf,
  checkInstance,
  createAttachment,
  type Attachment,
  type IamAuth,
} from './attachment';
import {
  carriedOf,
  carrying,
  claim,
  decided,
  isInherited,
  type Carried,
} from '../sequelize/carried-options';
import { isError, messageOf, refuse, refuseOption } from '../errors';
import { refuseUnknownSequelize, type IamAuthHook } from '../sequelize/instance';
import { isSame } from './same-options';
import { addHook, isSequelize } from '../sequelize/adapt-sequelize';
import { readableCopy } from '../option-rules';
import type { IamAuthOptions } from '../options';

/** The part of a Sequelize 6 or 7 instance that TypeScript checks. */
export interface SequelizeLike {
  authenticate(...options: never[]): Promise<void>;
  close(): Promise<void>;
}

/**
 * Adds IAM authentication to a Sequelize instance. Call it before the first query; calling it again returns the same handle.
 *
 * Without `options`, an instance created with `withIamAuth` or the flag `iamAuth` keeps the options it was created with. An instance
 * created from another instance's options inherits that one's IAM options, which `options` may replace. `remove()` discards them all.
 *
 * A missing host or user fails the first connection, not this call, because an earlier `beforeConnect` hook may supply it.
 *
 * @param sequelize An instance of sequelize 6 or @sequelize/core 7.
 * @returns A handle with `stats` and `remove()`.
 * @throws `ERR_IAM_AUTH_OPTIONS` for an invalid option, for a Sequelize option that contradicts IAM authentication, and if the
 * instance already has other IAM options. Whenever it throws, the instance is unchanged.
 * @throws `ERR_IAM_AUTH_UNSUPPORTED` for an unsupported Sequelize, dialect or driver.
 * @throws `ERR_IAM_AUTH_TLS` for TLS settings that are off or weakened.
 * @throws `ERR_IAM_AUTH_ENDPOINT` for a host that is not an RDS endpoint name: RDS accepts tokens for no other.
 * @throws `ERR_IAM_AUTH_REGION` for a `region` that contradicts the host name.
 *
 * @example
 * const sequelize = new Sequelize({ dialect: 'mysql', host: process.env.DB_HOST, username: 'app' });
 * const iam = addIamAuth(sequelize, { limiter: { processes: 4 } });
 * console.log(iam.stats.accepted);
 */
export function addIamAuth(sequelize: SequelizeLike, options: IamAuthOptions = {}): IamAuth {
  if (!isSequelize(sequelize)) refuseUnknownSequelize();
  const given = readableCopy(options, 'iamAuth');
  const existing = attachmentOf(sequelize);
  const carried = carriedOf(sequelize);
  const inherits = carried !== undefined && isInherited(carried, sequelize);
  if (carried?.error !== undefined && !inherits) throw carried.error;
  const own = existing?.options() ?? carried?.options();
  const keepsOwn = isSame(given, {}) || isSame(given, own);
  if (own !== undefined && !keepsOwn && !inherits) refuseOtherOptions(existing !== undefined);
  if (existing !== undefined && !keepsOwn) {
    checkInstance(sequelize, given);
    existing.remove();
  }
  const attachment = attachmentOf(sequelize) ?? attach(sequelize, keepsOwn ? own : given);
  if (carried !== undefined && keepsOwn) claim(carried, sequelize);
  decided.add(sequelize);
  return attachment;
}

/** Adds IAM authentication with these options, whatever the instance was created with. */
export function attach(sequelize: object, given: IamAuthOptions = {}): Attachment {
  const options = readableCopy(given, 'iamAuth');
  const hook = createHook({ options: () => options, owner: new WeakRef(sequelize) });
  const attachment = createAttachment(sequelize, options);
  addHook(sequelize, hook);
  return attachment;
}

/**
 * Creates a hook that serves whichever instance it runs for. Sequelize 6 copies an instance's hooks to every instance created from its
 * options, and passes the current one as `this`.
 */
export function createHook(carried: Carried): IamAuthHook {
  return carrying<IamAuthHook>(async function iamAuth(config) {
    if (!isSequelize(this)) refuseForeignThis();
    await (attachmentOf(this) ?? attachCarried(this, carried))?.beforeConnect(config);
  }, carried);
}

/** Attaches to an instance at its first connection. `undefined` if `addIamAuth` was called for it before, or its flag is `false`. */
function attachCarried(sequelize: object, carried: Carried): Attachment | undefined {
  const { options } = sequelize as { options?: { iamAuth?: unknown } };
  const isOff = Object.hasOwn(options ?? {}, 'iamAuth') && options?.iamAuth === false;
  if (decided.has(sequelize) || isOff) return undefined;
  if (carried.error !== undefined && !isInherited(carried, sequelize)) throw carried.error;
  const attachment = createAttachment(sequelize, carried.options());
  claim(carried, sequelize);
  return attachment;
}

/** Fails every connection of an instance with this error, where the error cannot be thrown at once. */
export function failConnections(sequelize: object, error: unknown, options: IamAuthOptions): void {
  const cause = isError(error) ? error : new Error(messageOf(error));
  const carried = { options: () => options, owner: new WeakRef(sequelize), error: cause };
  addHook(sequelize, createHook(carried));
}

function refuseForeignThis(): never {
  refuse(
    'ERR_IAM_AUTH_UNSUPPORTED',
    'The hook of withIamAuth ran without a Sequelize instance as this, as in Sequelize 7 when dialect is a name',
    'with Sequelize 7, set dialect to the class MySqlDialect, MariaDbDialect or PostgresDialect; otherwise, call the hook with the instance as this',
  );
}

function refuseOtherOptions(isAttached: boolean): never {
  if (isAttached) {
    refuseOption(
      'This Sequelize instance already has IAM authentication with other options',
      'call remove() on its handle first',
    );
  }
  refuseOption(
    'This Sequelize instance was created with other iamAuth options',
    'remove iamAuth from its options, or pass the same options to addIamAuth',
  );
}
