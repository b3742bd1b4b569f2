import type { Attempt } from './attempt-log';
import type { KnownCredentials } from '../iam/access-keys';

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

/** Misbehaviour to order from the emulator of any engine; each applies to connections accepted from then on. */
export interface LoginFaults {
  /** Wait this long before answering the token, `jitterMs` (evenly spread between its bounds) on top. */
  readonly delayMs?: number;
  readonly jitterMs?: readonly [min: number, max: number];
  /** Reset the connection as soon as it is accepted. */
  readonly tcpReset?: boolean;
  /** Accept the connection and never speak. */
  readonly silent?: boolean;
  /** Deny access whatever the token. */
  readonly deny?: boolean;
  readonly resetAfterToken?: boolean;
}

/** Access keys that the emulator knows, by access key id. */
export type CredentialsById = Readonly<Record<string, KnownCredentials>>;

/** The same as a function, for keys that come and go; it is asked at every login. */
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
  readonly backend?: BackendAddress & {
    /** Whom each IAM user becomes behind the emulator. */
    readonly users: Readonly<Record<string, BackendUser>>;
  };
  /** The port to listen on, by default any free one. */
  readonly port?: number;
  readonly endpoint: EmulatedName;
  readonly credentials: CredentialsById | CredentialsLookUp;
  /** `false`: an impostor that has no TLS and asks for the token in plain text. */
  readonly tls: { readonly certPem: string; readonly keyPem: string } | false;
  /** More logins than this in any sliding second are refused as RDS refuses them; refused ones count too. */
  readonly limit?: number;
  readonly faults?: Faults;
  /** Keep every decrypted byte that clients send, for `received()`. */
  readonly record?: boolean;
  /** Called with each attempt as soon as it is decided. */
  readonly onAttempt?: (attempt: Attempt) => void;
}

/** A running emulator, in this process or in another; its functions need no `this`. */
export interface Endpoint<Faults extends LoginFaults> {
  readonly host: '127.0.0.1';
  readonly port: number;
  /** In the order in which the connections were accepted. */
  readonly attempts: () => Promise<Attempt[]>;
  readonly setFaults: (faults: Faults) => Promise<void>;
  readonly setLimit: (limit?: number) => Promise<void>;
  /** Moves the server's wall clock away from the machine's. */
  readonly setClockOffset: (offsetMs: number) => Promise<void>;
  readonly setCredentials: (credentials: CredentialsById | CredentialsLookUp) => Promise<void>;
  /** Forgets the attempts and the received bytes, not the rate: reading a log does not make a server forgive. */
  readonly clear: () => Promise<void>;
  /** Everything that clients sent, as Latin-1 text; needs `record`. */
  readonly received: () => Promise<string>;
  readonly openConnections: () => Promise<number>;
  readonly killConnections: () => Promise<void>;
  readonly close: () => Promise<void>;
}
