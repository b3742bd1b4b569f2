import type { EngineName } from '../endpoint/attempt-log';
import type { LoginStep } from '../endpoint/endpoint-types';
import type { MySqlFaults } from '../mysql/mysql-faults';
import type { PostgresFaults } from '../postgres/postgres-faults';
import { BadRequest, duration, fields, integer, oneOf, text, type Reader } from './json-fields';

const jitter: Reader<readonly [number, number]> = (value, name) => {
  const [min, max, ...rest] = Array.isArray(value) ? (value as unknown[]) : [];
  const bounds = [duration(min, `${name}[0]`), duration(max, `${name}[1]`)] as const;
  if (rest.length > 0 || bounds[0] > bounds[1])
    throw new BadRequest(`${name} must be two numbers, the smaller one first`);
  return bounds;
};

const deny: Reader<boolean | number> = (value, name) =>
  typeof value === 'boolean' ? value : integer(0)(value, name);

const sqlState: Reader<string> = (value, name) => {
  if (typeof value !== 'string' || !/^[0-9A-Z]{5}$/.test(value))
    throw new BadRequest(`${name} must be five digits or capital letters`);
  return value;
};

const shared = (steps: readonly LoginStep[]) => ({
  delayMs: duration,
  jitterMs: jitter,
  silentAt: oneOf(...steps),
  resetAt: oneOf(...steps),
  deny,
  certificate: oneOf('expired', 'wrong-host', 'self-signed', 'other-root'),
  tls: oneOf(false),
  maxConnections: integer(0),
  closeAfterMs: duration,
});

// Of an error without its parts there is no packet.
const errorPacket = <R extends Record<string, Reader<unknown>>>(readers: R) =>
  fields(readers, Object.keys(readers)) as Reader<{ readonly [K in keyof R]: ReturnType<R[K]> }>;

const readers = {
  mysql: fields({
    ...shared(['connect', 'greeting', 'tls', 'token-request', 'token']),
    plugin: text,
    cachingSha2FullAuth: oneOf(true, false),
    errorPacket: errorPacket({ code: integer(1, 65_535), sqlState, message: text }),
  }) satisfies Reader<MySqlFaults>,
  postgres: fields({
    ...shared(['connect', 'startup', 'tls', 'token-request', 'token']),
    authMethod: oneOf('md5', 'scram-sha-256', 'gss'),
    errorPacket: errorPacket({ sqlState, message: text }),
  }) satisfies Reader<PostgresFaults>,
};

/** Reads the faults of an endpoint of this engine. */
export const faultsReader = (engine: EngineName): Reader<MySqlFaults | PostgresFaults> =>
  readers[engine];
