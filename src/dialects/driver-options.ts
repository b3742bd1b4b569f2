import type { Socket } from 'node:net';
import type { PeerCertificate } from 'node:tls';
import { isError, refuse, refuseOption } from '../errors';
import { net, tls } from '../node-builtins';
import type { CertificateAuthorities } from '../endpoint/trusted-roots';
import type { ConnectTarget } from '../endpoint/endpoint';
import type { DriverConfig } from './dialect';

/**
 * The driver's timeout where the user set none. It is mysql2's own. pg has none, so a silent server would hold a place in the pool for
 * ever; the MariaDB connector's is one second, which a login with TLS and IAM can take.
 */
export const DEFAULT_TIMEOUT_MS = 10_000;
/** The longest lease of a login where the user switched the driver's time-out off. */
const NO_TIMEOUT_MS = 60_000;
const UNVERIFIED = 'would let the token go to an unverified server';

/** Refuses a password, whose place the token takes, and the given options, each for its reason. */
export function checkConflicts(
  config: DriverConfig,
  conflicts: Readonly<Record<string, string>>,
): void {
  const { options, nameOf } = config;
  if (isGiven(config, 'password')) {
    const name = nameOf('password');
    refuseOption(
      `${name} is set together with iamAuth`,
      `remove ${name}, the token is the password`,
    );
  }
  for (const [option, reason] of Object.entries(conflicts)) {
    if (!isGiven(config, option) || options[option] === false) continue;
    refuseOption(
      `${nameOf(option)} cannot be used with iamAuth, ${reason}`,
      `remove ${nameOf(option)}`,
    );
  }
}

/** Refuses TLS that is switched off, or whose options named in `switches` are other than `true`. */
export function checkSsl(
  { options, nameOf }: DriverConfig,
  allowed: { readonly texts: readonly string[]; readonly switches: readonly string[] },
): void {
  const { ssl } = options;
  const name = nameOf('ssl');
  if (ssl === undefined || ssl === null || ssl === true) return;
  if (ssl === false) {
    refuse(
      'ERR_IAM_AUTH_TLS',
      `IAM authentication needs TLS, but ${name} is false`,
      `remove ${name}`,
    );
  }
  if (typeof ssl === 'string' && allowed.texts.includes(ssl)) return;
  if (typeof ssl !== 'object') {
    refuse('ERR_IAM_AUTH_TLS', `${name} must be an object`, `remove ${name}, iamAuth sets TLS up`);
  }
  for (const option of allowed.switches) {
    const value: unknown = Reflect.get(ssl, option);
    if (value === undefined || value === true) continue;
    refuse('ERR_IAM_AUTH_TLS', `${name}.${option} ${UNVERIFIED}`, `remove ${name}.${option}`);
  }
}

/** Where a driver with these options connects, and as whom; `defaultPort` is the engine's. */
export function readConnectTarget(config: DriverConfig, defaultPort: number): ConnectTarget {
  const { options, nameOf } = config;
  const { user: username } = options;
  const port = isGiven(config, 'port') ? Number(options.port) : defaultPort;
  const hostname = isGiven(config, 'host') ? options.host : 'localhost';
  if (typeof username !== 'string' || username === '') {
    refuseOption(
      `${nameOf('user')} is missing`,
      `set ${nameOf('user')} to the database user that the IAM policy names`,
    );
  }
  if (typeof hostname !== 'string') {
    refuse('ERR_IAM_AUTH_ENDPOINT', 'host is not a host name', 'set host to the RDS endpoint');
  }
  // Drivers dial their default port in place of what is none, which the token would not be signed for. Node refuses those beyond 65535.
  if (!Number.isInteger(port) || port <= 0) {
    const name = nameOf('port');
    refuse(
      'ERR_IAM_AUTH_ENDPOINT',
      `${name} is not a port`,
      `set ${name} to a number from 1 to 65535`,
    );
  }
  return { hostname, port, username };
}

/** The user's TLS options, whatever shape they have. */
export function sslOptions({ options: { ssl } }: DriverConfig): Record<string, unknown> {
  return typeof ssl === 'object' ? { ...ssl } : {};
}

/** The user's own trusted roots among the TLS options. */
export function ownCa(config: DriverConfig): CertificateAuthorities | undefined {
  const { ca } = sslOptions(config);
  return ca as CertificateAuthorities | undefined;
}

/** The longest that the driver lets a login take, in milliseconds; 0 and the like switch its timeout off. */
export function loginTimeoutMs({ options }: DriverConfig, option: string): number {
  const ms = options[option] ?? DEFAULT_TIMEOUT_MS;
  return typeof ms === 'number' && ms > 0 ? ms : NO_TIMEOUT_MS;
}

/** As Node's `tls` calls it. */
export type IdentityCheck = (name: string, certificate: PeerCertificate) => Error | undefined;

/** Whether a certificate is the endpoint's, and what the user's own check says of it besides; Node takes any falsy answer for a yes. */
export function composedIdentityCheck(hostname: string, own: unknown): IdentityCheck {
  return (name, certificate) => {
    const problem = tls().checkServerIdentity(hostname, certificate);
    if (problem !== undefined || typeof own !== 'function') return problem;
    const answer: unknown = (own as IdentityCheck)(name, certificate);
    return answer ? (answer as Error) : undefined;
  };
}

/** Opens the socket to the connect target, for a driver that verifies its `host` and so is given the endpoint's name as that. */
export function dial({ hostname, port }: ConnectTarget): Socket {
  return net().connect({ host: hostname, port, noDelay: true, keepAlive: true });
}

/** The code of the driver's own error in one of Sequelize's. */
export function driverErrorCode(error: unknown): unknown {
  const cause = driverError(error);
  return isError(cause) && 'code' in cause ? cause.code : undefined;
}

/** The driver's own error in one of Sequelize's: `cause` in version 7, which warns of `parent`; `parent` in version 6. */
export function driverError(error: unknown): unknown {
  if (!isError(error)) return error;
  if (isError(error.cause)) return error.cause;
  return 'parent' in error && isError(error.parent) ? error.parent : error;
}

/** Whether the user set an option: empty is how a config file leaves it out. */
export function isGiven({ options }: DriverConfig, option: string): boolean {
  return ![undefined, null, ''].includes(options[option] as undefined);
}
