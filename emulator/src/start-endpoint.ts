import type { Endpoint } from './endpoint/endpoint-types';
import { startMySqlEndpoint } from './mysql/mysql-endpoint';
import type { MySqlEndpointOptions, MySqlFaults } from './mysql/mysql-faults';
import { startPostgresEndpoint } from './postgres/postgres-endpoint';
import type { PostgresEndpointOptions, PostgresFaults } from './postgres/postgres-faults';

/** The faults that the endpoints of each engine know. */
export interface FaultsByEngine {
  readonly mysql: MySqlFaults;
  readonly postgres: PostgresFaults;
}

/** Which endpoint to start, and how; everything in it but functions can be sent to another process. */
export type AnyEndpointOptions =
  | ({ readonly engine: 'mysql' } & MySqlEndpointOptions)
  | ({ readonly engine: 'postgres' } & PostgresEndpointOptions);

/**
 * Starts one RDS-like endpoint on loopback, in this process. The engine `mysql` speaks for MariaDB too.
 *
 * @throws {Error} when the backend cannot be reached, or the port is taken.
 */
export function startEndpoint<Options extends AnyEndpointOptions>(
  options: Options,
): Promise<Endpoint<FaultsByEngine[Options['engine']]>>;
export function startEndpoint(
  options: AnyEndpointOptions,
): Promise<Endpoint<MySqlFaults> | Endpoint<PostgresFaults>> {
  return options.engine === 'mysql' ? startMySqlEndpoint(options) : startPostgresEndpoint(options);
}
