import { channel } from 'node:diagnostics_channel';

/** The signed endpoint of a login, without the user. */
export interface ObservedEndpoint {
  readonly hostname: string;
  readonly port: number;
  readonly region: string;
}

/** Where a login goes. */
export interface ObservedTarget {
  readonly endpoint: ObservedEndpoint;
  /** Sequelize's name for the dialect. */
  readonly dialect: 'mysql' | 'mariadb' | 'postgres';
}

/** A message on `sequelize-rds-iam:backoff`: a login failed, or was accepted after others had failed. */
export interface BackoffMessage extends ObservedTarget {
  /** Logins that failed in a row; 0 if this one was accepted. */
  readonly failures: number;
  /** Milliseconds until the next login may begin; 0 if this one was accepted. */
  readonly delayMs: number;
  /** The code or name of the last error. Missing if the login was accepted. */
  readonly errorCode?: string | undefined;
}

/** A message on `sequelize-rds-iam:not-needed`: a connection was not opened, because no query needed it any more. */
export interface NotNeededMessage extends ObservedTarget {
  /** Milliseconds for which it waited. */
  readonly waitedMs: number;
}

/** A message on `sequelize-rds-iam:credentials`: a request to a credential provider ended. All instances that use a provider share it. */
export interface CredentialsMessage {
  /** `timeout`: the provider did not answer in time. If it answers later, another message follows. */
  readonly outcome: 'refreshed' | 'failed' | 'timeout';
  /** Milliseconds that the request took. */
  readonly durationMs: number;
  /** Milliseconds until the new credentials expire. Missing if there are none, or if they do not expire. */
  readonly expiresInMs?: number | undefined;
  /** The code or name of the provider's error. */
  readonly errorCode?: string | undefined;
}

/** A message on `sequelize-rds-iam:redis`: Redis stopped answering, or answers again. */
export interface RedisMessage {
  readonly state: 'lost' | 'found';
  /** What the limit applies to: `hostname:port`, or the option `key`. */
  readonly key: string;
  /** Milliseconds without Redis; 0 if it was lost just now. */
  readonly lostForMs: number;
  /** The code or name of the error with which it was lost. */
  readonly errorCode?: string | undefined;
}

/** A channel of `node:diagnostics_channel` with messages of one type. Build a message only if there are subscribers. */
interface TypedChannel<Message> {
  readonly hasSubscribers: boolean;
  publish(message: Message): void;
}

export const backoffChannel: TypedChannel<BackoffMessage> = channel('sequelize-rds-iam:backoff');
export const notNeededChannel: TypedChannel<NotNeededMessage> = channel(
  'sequelize-rds-iam:not-needed',
);
export const credentialsChannel: TypedChannel<CredentialsMessage> = channel(
  'sequelize-rds-iam:credentials',
);
export const redisChannel: TypedChannel<RedisMessage> = channel('sequelize-rds-iam:redis');
