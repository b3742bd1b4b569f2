import type { Attempt } from './attempt-log';
import type { IssuedCertificate } from '../certificates/authority';
import type { CertificateFault, FaultyCertificates } from '../certificates/faulty-certificates';
import type { CredentialsById, KnownCredentials } from '../iam/access-keys';

/** A user of the database behind the emulator. */
export interface BackendUser {
  readonly username: string;
  readonly password: string;
}

/** Where the real server is. */
export interface BackendAddress {
  readonly host: string;
  readonly port: number;
}

/**
 * A step of a login, in its order: `connect`, when the connection is accepted; `greeting` (MySQL), when the client answers the greeting;
 * `startup` (PostgreSQL), when the client's first packet is here; `tls`, when it begins the TLS handshake; `token-request`, when the server
 * would ask for the token; `token`, when the token is here.
 */
export type LoginStep = 'connect' | 'greeting' | 'startup' | 'tls' | 'token-request' | 'token';

/** Misbehaviour to order from the emulator of any engine; each applies to connections accepted from then on. */
export interface LoginFaults {
  /** Wait this long before answering the token, `jitterMs` (evenly spread between its bounds) on top. */
  readonly delayMs?: number;
  readonly jitterMs?: readonly [min: number, max: number];
  /** Say nothing more from this step on, and do not hang up either. */
  readonly silentAt?: LoginStep;
  /** Reset the connection at this step. */
  readonly resetAt?: LoginStep;
  /** Deny access whatever the token: to all, or to this many logins. */
  readonly deny?: boolean | number;
  /** Show this certificate, which must be one of the endpoint's `tls.faulty`. */
  readonly certificate?: CertificateFault;
  /** `false`: have no TLS and ask for the token in plain text. */
  readonly tls?: false;
  /** Refuse connections beyond this many with the engine's own error. */
  readonly maxConnections?: number;
  /** Hang up on an accepted client after this time. */
  readonly closeAfterMs?: number;
}

/** The database behind an endpoint. */
export interface Backend extends BackendAddress {
  /** Whom each IAM user becomes behind the emulator. */
  readonly users: Readonly<Record<string, BackendUser>>;
}

/** The access keys that the emulator knows as a function, for keys that come and go; it is asked at every login. */
export type CredentialsLookUp = (accessKeyId: string) => KnownCredentials | undefined;

/** What tokens must be signed for. */
export interface EmulatedName {
  readonly hostname: string;
  /** By default the one that the emulator listens on. */
  readonly port?: number;
  /** Further ports, of something in front of the emulator. */
  readonly otherPorts?: readonly number[];
  readonly region: string;
  /** The resource id that policies name, by default `cluster-ABCDEFGHIJKL`. */
  readonly resourceId?: string;
  /** The AWS account that policies name, by default `123456789012`. */
  readonly account?: string;
}

/** What an emulator is; everything in it but functions can be sent to another process. */
export interface EndpointOptions<Faults extends LoginFaults> {
  /** Without one, an accepted client is told so and then the connection ends. */
  readonly backend?: Backend;
  /** The port to listen on, by default any free one. */
  readonly port?: number;
  readonly endpoint: EmulatedName;
  readonly credentials: CredentialsById | CredentialsLookUp;
  /** `false`: an impostor that has no TLS and asks for the token in plain text. */
  readonly tls: (IssuedCertificate & { readonly faulty?: FaultyCertificates }) | false;
  /** More logins than this in any sliding second are refused as RDS refuses them; refused ones count too. */
  readonly limit?: number;
  readonly faults?: Faults;
  /** How long a client may take to log in, delays that were ordered not counted; by default 10 s for MySQL, 60 s for PostgreSQL, as with them. */
  readonly loginTimeoutMs?: number;
  /** Refuse connections beyond this many with the engine's own error, by default 1,000. */
  readonly maxConnections?: number;
  /** Keep every decrypted byte that clients send, for `received()`. */
  readonly record?: boolean;
  /** Called with each attempt as soon as it is decided. */
  readonly onAttempt?: (attempt: Attempt) => void;
}

/** A running emulator, in this process or in another; its functions need no `this`. */
export interface Endpoint<Faults extends LoginFaults> {
  readonly host: '127.0.0.1';
  readonly port: number;
  /** The last 100,000, in the order in which the connections were accepted. */
  readonly attempts: () => Promise<Attempt[]>;
  /**
   * Replaces all faults.
   *
   * @throws {Error} when they name a step that the engine does not have, or a certificate that the endpoint does not have.
   */
  readonly setFaults: (faults: Faults) => Promise<void>;
  /** The faults now: a number of logins to deny counts down. */
  readonly faults: () => Promise<Partial<LoginFaults>>;
  readonly setLimit: (limit?: number) => Promise<void>;
  /** Moves the server's wall clock away from the machine's. */
  readonly setClockOffset: (offsetMs: number) => Promise<void>;
  /** @throws {Error} when a policy is wrong, or not imitated. */
  readonly setCredentials: (credentials: CredentialsById | CredentialsLookUp) => Promise<void>;
  /**
   * Puts another database behind the endpoint, for logins from now on; with `killConnections()` it is a failover.
   *
   * @throws {Error} when that database does not answer.
   */
  readonly setBackend: (backend: Backend) => Promise<void>;
  /** Forgets the attempts and the received bytes, not the rate: reading a log does not make a server forgive. */
  readonly clear: () => Promise<void>;
  /** Everything that clients sent, as Latin-1 text; needs `record`. */
  readonly received: () => Promise<string>;
  readonly openConnections: () => Promise<number>;
  readonly killConnections: () => Promise<void>;
  readonly close: () => Promise<void>;
}
