import { randomBytes } from 'node:crypto';
import { refuse, refuseOption } from '../errors';
import type { Dialect, DriverConfig, Login, LoginOptions } from './dialect';
import { checkConflicts, checkSsl, connectTo, driverErrorCode, sslOptions } from './driver-options';
import { authPlugins, SUPPLIED } from './mysql-token';
import { sharedSsl } from './shared-ssl';

const RDS_PROFILE = 'Amazon RDS';

/** mysql2, from 3.9.8. */
export const mysql: Dialect = {
  name: 'mysql',
  defaultPort: 3306,
  check,
  timeoutOption: 'connectTimeout',
  loginOptions,
  classifyError: (error) => {
    const code = driverErrorCode(error);
    if (code === 'ER_ACCESS_DENIED_ERROR') return 'denied';
    return code === 'ETIMEDOUT' ? 'timeout' : 'failed';
  },
};

const CONFLICTS: Readonly<Record<string, string>> = {
  debug: 'it prints every packet, including the token',
  authSwitchHandler: 'it would answer instead of the token',
  socketPath: 'IAM authentication needs TLS over TCP',
  passwordSha1: 'the token is the password',
  password1: 'the token is the password',
  password2: 'the token is the only factor',
  password3: 'the token is the only factor',
  uri: 'it may contain a password, or a host other than the host option',
};

function check(config: DriverConfig): void {
  const { options, nameOf } = config;
  checkConflicts(config, CONFLICTS);
  for (const name of SUPPLIED) {
    if (!(name in pluginsOf(options))) continue;
    refuseOption(
      `${nameOf('authPlugins')}.${name} is set, but iamAuth supplies it`,
      `remove ${nameOf('authPlugins')}.${name}`,
    );
  }
  checkSsl(config, { texts: [RDS_PROFILE], switches: ['rejectUnauthorized', 'verifyIdentity'] });
  if ('checkServerIdentity' in sslOptions(config)) {
    refuse(
      'ERR_IAM_AUTH_TLS',
      `${nameOf('ssl')}.checkServerIdentity has no effect, because mysql2 ignores it`,
      `remove ${nameOf('ssl')}.checkServerIdentity`,
    );
  }
}

/**
 * Only the authentication plugin hands out the token. The driver's password is a random placeholder, because the driver keeps it and
 * some servers can make the driver send it.
 */
function loginOptions(config: DriverConfig, login: Login): LoginOptions {
  const { takeToken, endpoint, connectTarget, ca } = login;
  const { options } = config;
  // mysql2 verifies no name other than its `host`.
  const tunnel =
    connectTarget.hostname === endpoint.hostname
      ? {}
      : { host: endpoint.hostname, stream: options.stream ?? (() => connectTo(connectTarget)) };
  return {
    changes: {
      ...tunnel,
      password: randomBytes(16).toString('hex'),
      // The plugin replaces this option, of which mysql2 before 3.22 warns.
      enableCleartextPlugin: undefined,
      ssl: sharedSsl({
        ...sslOptions(config),
        ca,
        rejectUnauthorized: true,
        verifyIdentity: true,
      }),
      authPlugins: { ...pluginsOf(options), ...authPlugins(endpoint, takeToken) },
    },
  };
}

function pluginsOf({ authPlugins: plugins }: DriverConfig['options']): object {
  return typeof plugins === 'object' && plugins !== null ? plugins : {};
}
