import { isDeepStrictEqual } from 'node:util';
import { attachmentOf, createAttachment, type Attachment } from './attachment';
import { carriedOf, carrying, decide, isInherited, type Carried } from './carried-options';
import { IamAuthError, isError, messageOf } from './errors';
import type { IamAuthHook } from './sequelize-instance';
import { addHook, hooksOf, isSequelize } from './sequelize-of';
import type { IamAuth, IamAuthOptions } from './types';

/**
 * Adds IAM authentication to a Sequelize instance, before its first query. Calling it again returns the same handle. Without options, an
 * instance that was made with some (by the flag, or by copying another's options) keeps those.
 * Throws `IamAuthError`: `ERR_IAM_AUTH_OPTIONS` for a bad or contradicting option, also one of Sequelize's own, and for other options than
 * the instance has already; a copy of another instance's options takes new ones.
 * `ERR_IAM_AUTH_UNSUPPORTED` for a Sequelize or dialect that is not supported; `ERR_IAM_AUTH_TLS` for weakened TLS;
 * `ERR_IAM_AUTH_ENDPOINT` and `ERR_IAM_AUTH_REGION` for a host that cannot be signed for. What is merely missing, a host or a user, the
 * first connection reports: a `beforeConnect` hook that was added before may yet fill it in.
 */
export function addIamAuth(sequelize: object, options: IamAuthOptions = {}): IamAuth {
  const existing = attachmentOf(sequelize);
  const carried = carriedOf(sequelize);
  const own = existing?.options() ?? carried?.options();
  const keepsOwn = isDeepStrictEqual(options, {}) || isDeepStrictEqual(options, own);
  const mayReplace = carried !== undefined && isInherited(carried, sequelize);
  if (carried?.error !== undefined && (keepsOwn || !mayReplace)) throw carried.error;
  if (own !== undefined && !keepsOwn && !mayReplace) throw otherOptions(existing !== undefined);
  if (!keepsOwn) existing?.remove();
  const attachment = attachmentOf(sequelize) ?? attach(sequelize, keepsOwn ? (own ?? {}) : options);
  decide(sequelize);
  return attachment;
}

/** Adds it with these options, whatever the instance was made with. */
export function attach(sequelize: object, options: IamAuthOptions): Attachment {
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
    if (!isSequelize(this)) throw needsDialectClass();
    await (attachmentOf(this) ?? inherit(this, carried, hook))?.beforeConnect(config);
  };
  return carrying(hook, carried);
}

/** Attaches to an instance at its first connection; `undefined` when the hook was taken off it while an earlier hook ran. */
function inherit(sequelize: object, carried: Carried, hook: IamAuthHook): Attachment | undefined {
  if (!hooksOf(sequelize).includes(hook)) return undefined;
  isInherited(carried, sequelize);
  return createAttachment(sequelize, carried.options(), hook);
}

function needsDialectClass(): IamAuthError {
  return new IamAuthError(
    'ERR_IAM_AUTH_UNSUPPORTED',
    'With Sequelize 7, withIamAuth needs the dialect’s class',
    { fix: 'set dialect to MySqlDialect, MariaDbDialect or PostgresDialect' },
  );
}

/** Makes every connection of an instance fail with this error: for mistakes that must not be thrown where they are found. */
export function failConnections(sequelize: object, error: unknown): void {
  const cause = isError(error) ? error : new Error(messageOf(error));
  const fail: IamAuthHook = () => Promise.reject(cause);
  addHook(
    sequelize,
    carrying(fail, { options: () => ({}), owner: new WeakRef(sequelize), error: cause }),
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
        { fix: 'give the options in one place' },
      );
}
