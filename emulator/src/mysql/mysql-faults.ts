import type { Endpoint, EndpointOptions, LoginFaults } from '../endpoint/endpoint-types';
import type { ErrorPacket } from './mysql-protocol';

/** Misbehaviour to order from the emulator; each applies to connections accepted from then on. */
export interface MySqlFaults extends LoginFaults {
  /** Ask for this plugin's proof in place of `mysql_clear_password`, as a server does that wants the password in another way. */
  readonly plugin?: string;
  /** With a `caching_sha2_password` greeting: ask for full authentication, which over TLS is the password in clear. */
  readonly cachingSha2FullAuth?: boolean;
  /** Answer the token with this error. */
  readonly errorPacket?: ErrorPacket;
}

/** An emulator of RDS for MySQL or MariaDB. */
export interface MySqlEndpointOptions extends EndpointOptions<MySqlFaults> {
  readonly greeting?: 'mysql_native_password' | 'caching_sha2_password';
}

/** A running emulator of RDS for MySQL or MariaDB. */
export type MySqlEndpoint = Endpoint<MySqlFaults>;
