import type { Attributes } from '@opentelemetry/api';
import type { ObservedTarget } from '../observe/channels';
import { errorCodeOf } from '../observe/error-code';

/** The beginning of every name that the semantic conventions do not have. */
export const PREFIX = 'sequelize_rds_iam';

const SYSTEMS = { mysql: 'mysql', mariadb: 'mariadb', postgres: 'postgresql' } as const;

/** The attributes of an endpoint, of OpenTelemetry's semantic conventions 1.45.0. */
export function targetAttributes({ endpoint, dialect }: ObservedTarget): Attributes {
  return {
    'db.system.name': SYSTEMS[dialect],
    'server.address': endpoint.hostname,
    'server.port': endpoint.port,
  };
}

/** `hostname:port`, since Sequelize's pools have no name. */
export function poolName({ endpoint }: ObservedTarget): string {
  return `${endpoint.hostname}:${endpoint.port}`;
}

/** The attribute for a code; none without one. */
export function errorType(code: string | undefined): Attributes {
  return code === undefined ? {} : { 'error.type': code };
}

/** The attribute for an error; none without one. */
export function errorTypeOf(error: unknown): Attributes {
  return error === undefined ? {} : { 'error.type': errorCodeOf(error) ?? '_OTHER' };
}
