import { attachmentOf, checkInstance, createAttachment, type Attachment } from './attachment';
import {
  carriedOf,
  carrying,
  claim,
  decide,
  isDecided,
  isInherited,
  type Carried,
} from '../sequelize/carried-options';
import { IamAuthError, isError, messageOf } from '../errors';
import type { IamAuthHook } from '../sequelize/instance';
import { isSame } from './same-options';
import { addHook, isSequelize } from '../sequelize/adapt-sequelize';
import type { IamAuth } from './attachment';
import type { IamAuthOptions } from '../options';

/** An instance of Sequelize 6 or 7, as far as its type is checked. */
export interface SequelizeLike {
  authenticate(...options: never[]): Promise<void>;
  close(): Promise<void>;
}

/**
 * Adds IAM authentication to a Sequelize instance, before its first query. Calling it again returns the same handle.
 * Without options, an instance that was made with some, by `withIamAuth` or by the flag, keeps those. So does one that was made of another
 * instance's options, which may also be given others here. After `remove()`, none are kept.
 * Throws `IamAuthError`, and then changes nothing: `ERR_IAM_AUTH_OPTIONS` for a bad option, for one of Sequelize's that contradicts it, and for
 * other options than the instance has; `ERR_IAM_AUTH_UNSUPPORTED` for a Sequelize or dialect that is not supported; `ERR_IAM_AUTH_TLS` for
 * weakened TLS; `ERR_IAM_AUTH_ENDPOINT` and `ERR_IAM_AUTH_REGION` for a host that cannot be signed for. A missing host or user is reported by
 * the first connection: an earlier `beforeConnect` hook may supply it.
 */
export function addIamAuth(sequelize: SequelizeLike, options: IamAuthOptions = {}): IamAuth {
  const existing = attachmentOf(sequelize);
  const carried = carriedOf(sequelize);
  const inherits = carried !== undefined && isInherited(carried, sequelize);
  if (carried?.error !== undefined && !inherits) throw carried.error;
  const own = existing?.options() ?? carried?.options();
  const keepsOwn = isSame(options, {}) || isSame(options, own);
  if (own !== undefined && !keepsOwn && !inherits) throw otherOptions(existing !== undefined);
  if (existing !== undefined && !keepsOwn) {
    checkInstance(sequelize, options);
    existing.remove();
  }
  const attachment = attachmentOf(sequelize) ?? attach(sequelize, keepsOwn ? own : options);
  if (carried !== undefined && keepsOwn) claim(carried, sequelize);
  decide(sequelize);
  return attachment;
}

/** Adds it with these options, whatever the instance was made with. */
export function attach(sequelize: object, given: IamAuthOptions = {}): Attachment {
  const options = { ...given };
  const hook = createHook({ options: () => options, owner: new WeakRef(sequelize) });
  const attachment = createAttachment(sequelize, options, hook);
  attachment.addHook();
  return attachment;
}

/**
 * A hook that serves whichever instance it runs for: Sequelize 6 hands an instance's hooks on to all that are made of its options, and
 * tells them as `this` for which one they run.
 */
export function createHook(carried: Carried): IamAuthHook {
  const hook: IamAuthHook = async function iamAuth(config) {
    if (!isSequelize(this)) throw noInstance();
    await (attachmentOf(this) ?? attachCarried(this, carried, hook))?.beforeConnect(config);
  };
  return carrying(hook, carried);
}

/** Attaches to an instance at its first connection; `undefined` for one that was given another answer, by a call or its flag. */
function attachCarried(
  sequelize: object,
  carried: Carried,
  hook: IamAuthHook,
): Attachment | undefined {
  const { options } = sequelize as { options?: { iamAuth?: unknown } };
  if (isDecided(sequelize) || options?.iamAuth === false) return undefined;
  if (carried.error !== undefined && !isInherited(carried, sequelize)) throw carried.error;
  const attachment = createAttachment(sequelize, carried.options(), hook);
  claim(carried, sequelize);
  return attachment;
}

/** Makes every connection of an instance fail with this error: for mistakes that must not be thrown where they are found. */
export function failConnections(sequelize: object, error: unknown, options: IamAuthOptions): void {
  const cause = isError(error) ? error : new Error(messageOf(error));
  const carried = { options: () => options, owner: new WeakRef(sequelize), error: cause };
  addHook(sequelize, createHook(carried));
}

function noInstance(): IamAuthError {
  return new IamAuthError(
    'ERR_IAM_AUTH_UNSUPPORTED',
    'The hook of withIamAuth was called without a Sequelize instance as this, as Sequelize 7 does where the dialect is given by its name',
    {
      fix: 'with Sequelize 7, set dialect to the class MySqlDialect, MariaDbDialect or PostgresDialect; call the hook with the instance as this',
    },
  );
}

function otherOptions(isAttached: boolean): IamAuthError {
  return isAttached
    ? new IamAuthError(
        'ERR_IAM_AUTH_OPTIONS',
        'This Sequelize instance has IAM authentication with other options already',
        { fix: 'call remove() on its handle first' },
      )
    : new IamAuthError(
        'ERR_IAM_AUTH_OPTIONS',
        'This Sequelize instance was made with other iamAuth options',
        { fix: 'remove iamAuth from its options, or pass the same options to addIamAuth' },
      );
}
