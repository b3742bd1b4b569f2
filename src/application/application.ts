import { addIamAuth } from '../attach/add-iam-auth';
import { carriedIn, withoutCarried, type CarryingOptions } from '../sequelize/carried-options';
import { definedIn } from '../sequelize/defined-in';
import type { Dialect, DriverConfig } from '../dialects/dialect';
import { parseFlag, resolveOptions, type ResolvedOptions } from '../options';
import { fillPool, type PoolSettings } from '../sequelize/pool-preset';
import { adaptSequelize } from '../sequelize/adapt-sequelize';
import { TokenProvider } from '../token/token-provider';
import type { ConnectionConfig } from '../sequelize/instance';
import type { IamAuthOptions } from '../options';

import { ENGINES, type Engine } from './engines';
import type { InstalledSequelize } from './installed-packages';
import type { LoadedConfig } from './load-config';

/** What the configuration comes to: the same that Sequelize and this package make of it. */
export interface Application {
  readonly source: string;
  readonly dialect: Dialect;
  readonly engine: Engine;
  readonly options: ResolvedOptions;
  readonly tokenProvider: TokenProvider;
  /** One for each host, or for the writer and the readers. */
  readonly configs: readonly ConnectionConfig[];
  /** What the driver would be given for one of them. */
  readonly driverConfig: (config: ConnectionConfig) => DriverConfig;
  readonly database: string;
  readonly pool: PoolSettings;
  readonly poolCount: number;
  /** What the driver does in part only, and the remedy. */
  readonly driverProblem: string | undefined;
  /** Sequelize opens one more connection to ask for the server's version. */
  readonly probesVersion: boolean;
  /** `iamAuth` is nowhere in the configuration; it may be added in code. */
  readonly isUnflagged: boolean;
  /** Logs in once to one host, by Sequelize and this package as the application would. */
  readonly logIn: (config: ConnectionConfig) => Promise<void>;
}

/** Builds it. Throws what Sequelize or this package throws about the configuration. */
export function readApplication(
  loaded: LoadedConfig,
  overrides: IamAuthOptions,
  { packageName, Sequelize }: InstalledSequelize,
): Application {
  const { iamAuth: flag, ...sequelizeOptions } = loaded.options;
  const { url, instance: made } = loaded;
  const flagged = made?.iamAuth ?? parseFlag(flag) ?? carriedIn(sequelizeOptions)?.options();
  const given = { ...flagged, ...definedIn(overrides) };
  const options = resolveOptions(given);
  const { pool } = sequelizeOptions as { pool?: object };
  const quiet = {
    ...withoutCarried<CarryingOptions>(sequelizeOptions),
    // That of an instance is as it is.
    ...(flagged !== undefined && made === undefined && { pool: fillPool(pool, given.limiter) }),
    logging: false,
  };
  const is6 = packageName === 'sequelize';
  const instance = adaptSequelize(
    is6 && url !== undefined ? new Sequelize(url, quiet) : new Sequelize({ ...quiet, url }),
  );
  const { dialect } = instance;
  const configs = instance.configs();
  for (const config of configs) dialect.check(instance.driverConfig(config));
  const optionsFor = is6 ? optionsFor6 : optionsFor7;

  return {
    source: loaded.source,
    dialect,
    engine: ENGINES[dialect.name],
    options,
    tokenProvider: new TokenProvider(options),
    configs,
    driverConfig: instance.driverConfig,
    database: databaseOf(configs[0]),
    pool: instance.poolSettings(),
    poolCount: instance.pools().length,
    driverProblem:
      instance.driver === undefined ? undefined : dialect.checkDriver?.(instance.driver),
    probesVersion: instance.isVersionProbe(),
    isUnflagged: flagged === undefined && Object.keys(definedIn(overrides)).length === 0,
    logIn: async (config) => {
      const one = new Sequelize({
        ...quiet,
        pool: { max: 1, acquire: 60_000 },
        ...optionsFor(config, dialect.name),
      });
      // What it would warn of, other checks say.
      addIamAuth(one, { ...given, logger: { warn: () => undefined } });
      try {
        await one.authenticate();
      } finally {
        await one.close();
      }
    },
  };
}

/** Sequelize 6's options for one host; with any version of the database, it opens no second connection to ask for it. */
function optionsFor6(config: ConnectionConfig, dialect: string): object {
  const { host, port, username, dialectOptions } = config;
  const database = databaseOf(config);
  const own = { dialect, replication: false, databaseVersion: '8.0.0' };
  return { ...own, host, port, username, database, dialectOptions };
}

/** Sequelize 7's, which keeps all that it gives the driver in the config. */
function optionsFor7(config: ConnectionConfig): object {
  return { replication: undefined, ...config };
}

function databaseOf(config: ConnectionConfig | undefined): string {
  const { database } = (config ?? {}) as { database?: unknown };
  return typeof database === 'string' ? database : '';
}
