import type { SignerConfig } from '@aws-sdk/rds-signer';
import type { Options } from 'sequelize';

/** The database that the demo's application logs in to, and how. */
export interface Target {
  readonly host: string;
  readonly port: number;
  readonly username: string;
  readonly database: string;
  readonly region: string | undefined;
  /** Without it, the roots that come with the package and with mysql2. */
  readonly ca: string | undefined;
  /** Without them, the AWS SDK's default provider chain, with this profile. */
  readonly credentials: SignerConfig['credentials'];
  readonly profile: string | undefined;
}

/** What both ways of logging in have in common. */
export function databaseOptions(target: Target, max: number, more: Options = {}): Options {
  const { host, port, username, database } = target;
  const pool = { max, ...more.pool };
  return { dialect: 'mysql', host, port, username, database, logging: false, ...more, pool };
}
