import type { CredentialFaults } from '../aws/credential-faults';
import type { CredentialRequest } from '../aws/credential-requests';
import type { BackendEngine } from '../backend/administration';
import type { FailoverRequest } from '../control/control-target';
import type { Attempt } from '../endpoint/attempt-log';
import type { PolicyDocument } from '../iam/policy-document';
import type { MySqlFaults } from '../mysql/mysql-faults';
import type { PostgresFaults } from '../postgres/postgres-faults';
import type { DatabaseKind } from '../servers/find-database';

/** Misbehaviour to order from an emulator of either engine. */
export type EmulatorFaults = MySqlFaults | PostgresFaults;

/** What to emulate, and in front of which database. */
export interface StartEmulatorOptions {
  /** The URL of a running database as its administrator: `mysql:`, `mariadb:`, `postgres:` or `postgresql:`. */
  readonly backend?: string;
  /** Or: start a private server of this machine's own programs. */
  readonly start?: DatabaseKind;
  /**
   * The database users that log in with IAM. One that is missing is created, with a password that nobody sees and every privilege in
   * the backend's database, and removed at the end. One that exists is given as `name:password`, and stays as it is.
   */
  readonly users: readonly string[];
  /** The name for which tokens are signed and certificates issued, by default one of a cluster in the Region. */
  readonly hostname?: string;
  /** By default the one in the hostname, otherwise `eu-west-1`. */
  readonly region?: string;
  /** What the backend must be; by default that is told from the backend. */
  readonly engine?: BackendEngine;
  /** The port to listen on, by default any free one. */
  readonly port?: number;
  /** More logins than this in any second are refused as RDS refuses them, by default any number is served. */
  readonly limit?: number;
  /** The resource id that policies name, by default `cluster-ABCDEFGHIJKL`. */
  readonly resourceId?: string;
  /** The AWS account that policies name, by default `123456789012`. */
  readonly account?: string;
  /** Hand out credentials of a role, which expire and rotate, in place of an access key. */
  readonly role?: boolean | { readonly arn?: string };
  /** How long the role's credentials live, by default an hour. */
  readonly credentialsLifetimeMs?: number;
  /** The IAM policies of whoever logs in, by default one that allows all of `users`. */
  readonly policies?: readonly PolicyDocument[];
  readonly faults?: EmulatorFaults;
  /** Leave the users that were created in the backend. */
  readonly keep?: boolean;
  /** Called with each login as soon as it is decided. */
  readonly onAttempt?: (attempt: Attempt) => void;
}

/** A running emulator; its functions need no `this`. */
export interface Emulator {
  readonly host: '127.0.0.1';
  readonly port: number;
  readonly hostname: string;
  readonly region: string;
  readonly engine: BackendEngine;
  /** The root certificate to trust, as PEM and as a file. */
  readonly ca: string;
  readonly caFile: string;
  /** What an application needs in its environment. */
  readonly env: Readonly<Record<string, string>>;
  /** Variables that must not be set beside `env`, for they would lead an AWS SDK to other credentials. */
  readonly unset: readonly string[];
  /** The users that were created in the backend. */
  readonly created: readonly string[];
  /** The control interface over HTTP. */
  readonly control: { readonly origin: string };
  /** The login attempts so far, in the order in which their connections were accepted. */
  readonly attempts: () => Promise<Attempt[]>;
  /** The faults now: a number of logins to deny counts down. */
  readonly faults: () => Promise<EmulatorFaults>;
  /** Replaces all faults; refuses those of the other engine. */
  readonly setFaults: (faults: EmulatorFaults) => Promise<void>;
  readonly setLimit: (limit?: number) => Promise<void>;
  /** Moves the wall clock of the endpoint and of AWS's services away from the machine's. */
  readonly setClockOffset: (offsetMs: number) => Promise<void>;
  /** With a role: hands out other session credentials from now on. */
  readonly rotateCredentials: () => void;
  readonly setCredentialFaults: (faults: CredentialFaults) => void;
  /** What AWS's services were asked for, never a secret. */
  readonly credentialRequests: () => readonly CredentialRequest[];
  /** Forgets the attempts, not the rate. */
  readonly clear: () => Promise<void>;
  readonly killConnections: () => Promise<void>;
  /** Loses every connection; with a URL, the name leads to that database from now on, in which users are created as in the first. */
  readonly failOver: (to?: FailoverRequest) => Promise<void>;
  /** Removes this file too at the end, however this process ends. */
  readonly removeAtEnd: (path: string) => void;
  /** Ends every connection and removes what was created; rejects when something could not be removed. */
  readonly close: () => Promise<void>;
}
