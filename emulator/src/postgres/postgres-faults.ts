import type { Endpoint, EndpointOptions, LoginFaults } from '../endpoint/endpoint-types';
import type { FatalError } from './postgres-protocol';

/** Misbehaviour to order from the emulator; each applies to connections accepted from then on. */
export interface PostgresFaults extends LoginFaults {
  /** Ask for this proof in place of the password in clear, as a server does that wants the password in another way. */
  readonly authMethod?: 'md5' | 'scram-sha-256' | 'gss';
  /** Answer the token with this error. */
  readonly errorPacket?: FatalError;
}

/** An emulator of RDS for PostgreSQL. */
export type PostgresEndpointOptions = EndpointOptions<PostgresFaults>;

/** A running emulator of RDS for PostgreSQL. */
export type PostgresEndpoint = Endpoint<PostgresFaults>;
