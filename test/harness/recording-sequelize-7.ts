import { Sequelize } from '@sequelize/core';
import { MySqlDialect } from '@sequelize/mysql';
import { freshHost, recordingDriver } from './recording-driver';

export const CREDENTIALS = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI' };

/** What the tests look at in Sequelize 7's pool. */
interface Settings {
  readonly maxSize: number;
  readonly minSize: number;
  readonly acquireTimeoutMillis: number;
  readonly idleTimeoutMillis: number;
}

/** The settings of a pool that was filled from the preset. */
export const PRESET: Settings = {
  maxSize: 5,
  minSize: 0,
  acquireTimeoutMillis: 60_000,
  idleTimeoutMillis: 300_000,
};

/** Options of Sequelize 7 with the recording driver, and what it was asked to open. */
export function recorded(options: object = {}) {
  const { module, opened } = recordingDriver();
  const given: object = {
    dialect: MySqlDialect,
    mysql2Module: module,
    host: freshHost(),
    user: 'app',
    ...options,
  };
  return { given, opened };
}

/** As from a config file: with options that Sequelize's types do not know. */
export function create(options: object, Class: object = Sequelize): Sequelize {
  return new (Class as new (options: object) => Sequelize)(options);
}

/** The settings of the instance's pools, writer first. */
export function poolsOf({ pool: { write, read } }: Sequelize): Settings[] {
  return [write, ...(read === null ? [] : [read])].map((pool) => {
    const { maxSize, minSize, acquireTimeoutMillis, idleTimeoutMillis } =
      pool as unknown as Settings;
    return { maxSize, minSize, acquireTimeoutMillis, idleTimeoutMillis };
  });
}
