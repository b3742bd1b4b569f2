import type { Socket } from 'node:net';
import type { PeerCertificate } from 'node:tls';
import { isError, refuse, refuseOption } from '../errors';
import { net, tls } from '../node-builtins';
import { isOneLine, ownCopy, propertyOf } from '../untrusted';
import type { CertificateAuthorities } from '../endpoint/trusted-roots';
import type { ConnectTarget } from '../endpoint/endpoint';
import type { DriverConfig } from './dialect';

/**
 * The driver's timeout if the user set none. It is mysql2's default. pg has no timeout, so a silent server would occupy a place in the
 * pool forever. The MariaDB connector's default is one second, which a login with TLS and IAM can exceed.
 */
export const DEFAULT_TIMEOUT_MS = 10_000;
/** The lease of a login if the user switched the driver's timeout off. */
const NO_TIMEOUT_MS = 60_000;
const UNVERIFIED = 'would let the token go to an unverified server';

/**
 * Refuses a value in `Object.prototype`, as some merges of JSON leave behind: each object has it, those of drivers and of Node too, and
 * a `ca`, a `pfx` or a `session` there lets another server pass for RDS. A function there came from code, which can do anything.
 */
function checkPrototype(): void {
  const [name] = Object.keys(Object.prototype).filter(
    (key) => typeof propertyOf(Object.prototype, key) !== 'function',
  );
  if (name === undefined) return;
  refuseOption(
    `Object.prototype.${name} is set, so it is an option of every object, of TLS too`,
    'remove the code that sets it, usually a merge of untrusted JSON (prototype pollution)',
  );
}

/** Refuses a password, and the options in `conflicts`, which maps each to its reason. */
export function checkConflicts(
  config: DriverConfig,
  conflicts: Readonly<Record<string, string>>,
): void {
  checkPrototype();
  const { options, nameOf } = config;
  if (isGiven(config, 'password')) {
    const name = nameOf('password');
    refuseOption(
      `${name} is set together with iamAuth`,
      `remove ${name}; the token is the password`,
    );
  }
  for (const [option, reason] of Object.entries(conflicts)) {
    if (!isGiven(config, option) || options[option] === false) continue;
    refuseOption(
      `${nameOf(option)} cannot be used with iamAuth because ${reason}`,
      `remove ${nameOf(option)}`,
    );
  }
}

/** Refuses TLS that is switched off, and any option in `switches` that is not `true`. */
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
    refuse('ERR_IAM_AUTH_TLS', `${name} must be an object`, `remove ${name}; iamAuth sets TLS up`);
  }
  for (const option of allowed.switches) {
    const value: unknown = Reflect.get(ssl, option);
    if (value === undefined || value === true) continue;
    refuse('ERR_IAM_AUTH_TLS', `${name}.${option} ${UNVERIFIED}`, `remove ${name}.${option}`);
  }
}

/** The host, port and user to which a driver with these options connects. */
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
  if (!isOneLine(username)) {
    refuseOption(`${nameOf('user')} contains a control character`, `correct ${nameOf('user')}`);
  }
  if (typeof hostname !== 'string' || !isOneLine(hostname)) {
    refuse('ERR_IAM_AUTH_ENDPOINT', 'host is not a host name', 'set host to the RDS endpoint');
  }
  // Drivers replace an invalid port by their default, for which the token would not be signed. Node refuses ports above 65535.
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

/** The user's own TLS options: those in a prototype do not count. */
export function sslOptions({ options }: DriverConfig): Record<string, unknown> {
  const ssl = Object.hasOwn(options, 'ssl') ? options.ssl : undefined;
  return ownCopy(typeof ssl === 'object' ? { ...ssl } : {});
}

/** The trusted roots in the user's TLS options. */
export function ownCa(config: DriverConfig): CertificateAuthorities | undefined {
  const { ca } = sslOptions(config);
  return ca as CertificateAuthorities | undefined;
}

/** The lease of a login, in milliseconds: the driver's timeout, which 0 and the like switch off. */
export function loginTimeoutMs({ options }: DriverConfig, option: string): number {
  const ms = options[option] ?? DEFAULT_TIMEOUT_MS;
  return typeof ms === 'number' && ms > 0 ? ms : NO_TIMEOUT_MS;
}

/** Node's `checkServerIdentity`. */
export type IdentityCheck = (name: string, certificate: PeerCertificate) => Error | undefined;

/** Verifies the endpoint's name first, then runs the user's own check. Node treats any falsy result as success. */
export function composedIdentityCheck(hostname: string, own: unknown): IdentityCheck {
  return (name, certificate) => {
    const problem = tls().checkServerIdentity(hostname, certificate);
    if (problem !== undefined || typeof own !== 'function') return problem;
    const answer: unknown = (own as IdentityCheck)(name, certificate);
    return answer ? (answer as Error) : undefined;
  };
}

/** Opens a socket to the connect target, for a driver whose `host` is the endpoint's name because it verifies that name. */
export function connectTo({ hostname, port }: ConnectTarget): Socket {
  return net().connect({ host: hostname, port, noDelay: true, keepAlive: true });
}

/** The code of the driver's error in an error of Sequelize's. */
export function driverErrorCode(error: unknown): unknown {
  const cause = driverError(error);
  return isError(cause) ? propertyOf(cause, 'code') : undefined;
}

/** The driver's error in an error of Sequelize's: `cause` in version 7, which logs a warning if `parent` is read; `parent` in version 6. */
export function driverError(error: unknown): unknown {
  if (!isError(error)) return error;
  const cause = propertyOf(error, 'cause');
  if (isError(cause)) return cause;
  const parent = propertyOf(error, 'parent');
  return isError(parent) ? parent : error;
}

/** Whether the user set an option. Config files leave options out by an empty string. */
export function isGiven({ options }: DriverConfig, option: string): boolean {
  return ![undefined, null, ''].includes(options[option] as undefined);
}
