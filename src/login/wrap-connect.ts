import type { PreparedLogin, PreparedLogins } from '../sequelize/prepared-logins';
import type { LoginOptions } from '../dialects/dialect';
import { readConnectTarget } from '../dialects/driver-options';
import { describeEndpoint } from '../endpoint/endpoint';
import { IamAuthError, isError } from '../errors';
import { findKnownError } from '../explanations/explain-error';
import { wrapMethod } from '../sequelize/wrap-method';
import type { SequelizeInstance } from '../sequelize/instance';
import type { ConnectionConfig } from '../sequelize/instance';
import type { ConnectTarget, Endpoint } from '../endpoint/endpoint';

type ObservedSequelize = Pick<
  SequelizeInstance,
  'dialect' | 'connectionManager' | 'driverConfig' | 'applyChanges'
>;

/**
 * Wraps the one place through which every connection goes, which no hook covers: here the login is put into the config, after
 * all hooks, and taken out as soon as the driver has read it; and here the outcome of every login is learnt.
 * The returned function undoes it.
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
      if (isActive()) throw withoutLogin();
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
      explain(error, next.login.endpoint);
      next.settle(outcome, error);
      throw error;
    }
  });
}

/** Hooks after this package's may have changed the config, so it is checked again; nothing has been sent if that fails. */
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
    return { restore: sequelize.applyChanges(config, changes), forget };
  } catch (error) {
    settle('notNeeded');
    throw error;
  }
}

/** The driver reads the config before its `connect` first waits, so nothing needs to stay in it. */
function callThenRestore<T>(call: () => Promise<T>, restore: () => void): Promise<T> {
  try {
    return call();
  } finally {
    restore();
  }
}

/** The hook prepares a login for each connection, and one that a later hook held up for too long is dropped. */
function withoutLogin(): IamAuthError {
  return new IamAuthError(
    'ERR_IAM_AUTH_HOOK_ORDER',
    'No login is ready for this connection: a beforeConnect hook after this package’s took too long, or removed its hook',
    { fix: 'add slow hooks before addIamAuth' },
  );
}

/** The token is for the endpoint that the hook saw. */
function checkUnchanged(now: ConnectTarget, signed: ConnectTarget): void {
  if (describeEndpoint(now) === describeEndpoint(signed)) return;
  throw new IamAuthError(
    'ERR_IAM_AUTH_HOOK_ORDER',
    `A beforeConnect hook after this package's changed ${describeEndpoint(signed)} to ${describeEndpoint(now)}, for which the ` +
      `token was not signed`,
    { fix: 'add that hook before addIamAuth', endpoint: describeEndpoint(signed) },
  );
}

/** The driver says what happened; the table adds why, and what to do. Class, code and cause stay, and this package's own errors say it already. */
function explain(error: unknown, { region, ...connectTarget }: Endpoint): void {
  const row = findKnownError(error);
  if (!isError(error) || row === undefined || row.code.startsWith('ERR_IAM_AUTH')) return;
  error.message = `${error.message} (IAM authentication for ${describeEndpoint(connectTarget)} in ${region}: ${row.cause}. ${row.fix})`;
}
