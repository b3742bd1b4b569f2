import type { PreparedLogin, PreparedLogins } from '../sequelize/prepared-logins';
import type { LoginOptions } from '../dialects/dialect';
import { readConnectTarget } from '../dialects/driver-options';
import { describeEndpoint, type ConnectTarget, type Endpoint } from '../endpoint/endpoint';
import { isError, messageOf, refuse } from '../errors';
import { attempt } from '../untrusted';
import { findKnownError } from '../explanations/explain-error';
import { wrapMethod } from '../sequelize/wrap-method';
import type { SequelizeInstance, ConnectionConfig } from '../sequelize/instance';

type ObservedSequelize = Pick<
  SequelizeInstance,
  'dialect' | 'connectionManager' | 'driverConfig' | 'applyChanges'
>;

/**
 * Wraps the connection manager's `connect`, which opens every connection and which no hook covers. Puts the login into the config after
 * all hooks, removes it once the driver has read it, and settles the login with its outcome. The returned function unwraps `connect`.
 */
export function wrapConnect(
  sequelize: ObservedSequelize,
  prepared: PreparedLogins,
  isActive: () => boolean,
): () => void {
  const { connectionManager: manager, dialect } = sequelize;
  return wrapMethod(manager, 'connect', (connect) => async (config) => {
    const next = prepared.take(config);
    if (next === undefined) {
      if (isActive()) refuseWithoutLogin();
      return connect.call(manager, config);
    }
    const { restore, forget } = applyChanges(config, next, sequelize);
    try {
      const connection = await callThenRestore(() => connect.call(manager, config), restore);
      forget?.(connection);
      next.settle('accepted');
      return connection;
    } catch (error) {
      forget?.();
      const outcome = dialect.classifyError(error);
      addExplanation(error, next.login.endpoint);
      next.settle(outcome, error);
      throw error;
    }
  });
}

/** Checks the config again, because a hook after this package's may have changed it, then applies the login's changes. */
function applyChanges(
  config: ConnectionConfig,
  { login, settle }: PreparedLogin,
  sequelize: ObservedSequelize,
): { restore: () => void; forget: LoginOptions['forget'] } {
  const { dialect } = sequelize;
  try {
    const driverConfig = sequelize.driverConfig(config);
    checkUnchanged(readConnectTarget(driverConfig, dialect.defaultPort), login.connectTarget);
    dialect.check(driverConfig);
    const { changes, forget } = dialect.loginOptions(driverConfig, login);
    // The driver connects to the host that was checked, even if reading it again gave another one.
    const { hostname: host } = login.connectTarget;
    return { restore: sequelize.applyChanges(config, { host, ...changes }), forget };
  } catch (error) {
    settle('notNeeded', error);
    throw error;
  }
}

/** Restores the config at once: the driver reads it before its `connect` first waits. */
function callThenRestore<T>(call: () => Promise<T>, restore: () => void): Promise<T> {
  try {
    return call();
  } finally {
    restore();
  }
}

/** The hook prepares a login for each connection. A login is dropped when a later hook delays it beyond its lease. */
function refuseWithoutLogin(): never {
  refuse(
    'ERR_IAM_AUTH_HOOK_ORDER',
    "No login is ready for this connection, because a beforeConnect hook after this package's took too long or removed its hook",
    'add slow hooks before addIamAuth',
  );
}

/** Throws if the connect target changed after the token was signed. */
function checkUnchanged(now: ConnectTarget, signed: ConnectTarget): void {
  const isSame =
    now.hostname === signed.hostname &&
    now.port === signed.port &&
    now.username === signed.username;
  if (isSame) return;
  const endpoint = describeEndpoint(signed);
  refuse(
    'ERR_IAM_AUTH_HOOK_ORDER',
    `A beforeConnect hook after this package's changed ${endpoint} to ${describeEndpoint(now)}, but the token was signed for the former`,
    'add that hook before addIamAuth',
    { endpoint },
  );
}

/**
 * Adds the cause and the fix to a driver's message. Class, code and `cause` stay. This package's own errors already contain both. The
 * message of a frozen error stays.
 */
function addExplanation(error: unknown, endpoint: Endpoint): void {
  const known = findKnownError(error);
  if (!isError(error) || known === undefined || known.code.startsWith('ERR_IAM_AUTH')) return;
  const where = `IAM authentication for ${describeEndpoint(endpoint)} in ${endpoint.region}`;
  const message = `${messageOf(error)} (${where}: ${known.cause}. ${known.fix})`;
  attempt(() => Reflect.set(error, 'message', message));
}
