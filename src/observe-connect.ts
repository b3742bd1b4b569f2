import type { Attempt, Attempts } from './attempts';
import type { LoginOptions } from './dialects/dialect';
import { describeEndpoint } from './endpoint';
import { IamAuthError, messageOf } from './errors';
import { replaceMethod } from './replace-method';
import type { SequelizeInstance } from './sequelize-instance';
import type { ConnectionConfig, DialedEndpoint } from './types';

type ObservedSequelize = Pick<
  SequelizeInstance,
  'dialect' | 'connectionManager' | 'driverConfig' | 'putIn'
>;

/**
 * Wraps the one place through which every connection goes, which no hook covers: here the login is put into the config, after
 * all hooks, and taken out as soon as the driver has read it; and here the outcome of every login is learnt.
 * The returned function undoes it.
 */
export function observeConnect(
  sequelize: ObservedSequelize,
  attempts: Attempts,
  isActive: () => boolean,
): () => void {
  const { connectionManager: manager, dialect } = sequelize;
  return replaceMethod(manager, 'connect', (connect) => async (config) => {
    const attempt = attempts.take(config);
    if (attempt === undefined) {
      if (isActive()) throw withoutLogin();
      return connect.call(manager, config);
    }
    const { restore, forget } = putIn(config, attempt, sequelize);
    try {
      const connection = await callThenRestore(() => connect.call(manager, config), restore);
      forget?.(connection);
      attempt.settle('accepted');
      return connection;
    } catch (error) {
      forget?.();
      const outcome = dialect.outcomeOf(error);
      if (outcome === 'denied') explainDenial(error, attempt.login.endpoint);
      attempt.settle(outcome, error);
      throw error;
    }
  });
}

/** Hooks after this package's may have changed the config, so it is checked again; nothing has been sent if that fails. */
function putIn(
  config: ConnectionConfig,
  { login, settle }: Attempt,
  sequelize: ObservedSequelize,
): { restore: () => void; forget: LoginOptions['forget'] } {
  const { dialect } = sequelize;
  try {
    const driverConfig = sequelize.driverConfig(config);
    checkUnchanged(dialect.dialed(driverConfig), login.dialed);
    dialect.check(driverConfig);
    const { changes, forget } = dialect.loginOptions(driverConfig, login);
    return { restore: sequelize.putIn(config, changes), forget };
  } catch (error) {
    settle('unwanted');
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
    'ERR_IAM_AUTH_WAIT',
    'No login is ready for this connection: a beforeConnect hook after this package’s took too long, or removed its hook; add slow hooks before addIamAuth',
  );
}

/** The token is for the endpoint that the hook saw. */
function checkUnchanged(now: DialedEndpoint, signed: DialedEndpoint): void {
  if (describeEndpoint(now) === describeEndpoint(signed)) return;
  throw new IamAuthError(
    'ERR_IAM_AUTH_ENDPOINT',
    `A beforeConnect hook after this package's changed ${describeEndpoint(signed)} to ${describeEndpoint(now)}, for which the ` +
      `token was not signed: add that hook before addIamAuth`,
    { endpoint: describeEndpoint(signed) },
  );
}

/** RDS answers every cause alike, so the message names them. */
function explainDenial(
  error: unknown,
  endpoint: DialedEndpoint & { readonly region: string },
): void {
  if (!(error instanceof Error)) return;
  error.message =
    `${messageOf(error)} (IAM authentication for ${describeEndpoint(endpoint)} in ${endpoint.region}: check that the policy allows ` +
    `rds-db:connect for this user on the resource id, that the user was created with AWSAuthenticationPlugin, that IAM ` +
    `authentication is enabled, and the iam-db-auth-error log)`;
}
