import { addIamAuth } from '../attach/add-iam-auth';
import { carriedIn, withoutCarried, type CarryingOptions } from '../sequelize/carried-options';
import { definedIn } from '../sequelize/defined-in';
import type { Dialect, DriverConfig } from '../dialects/dialect';
import { parseFlag, resolveOptions, type IamAuthOptions, type ResolvedOptions } from '../options';
import { fillPool, type PoolSettings } from '../sequelize/pool-preset';
import { adaptSequelize } from '../sequelize/adapt-sequelize';
import { TokenProvider } from '../token/token-provider';
import type { ConnectionConfig } from '../sequelize/instance';
import { ENGINES, type Engine } from './engines';
import type { InstalledSequelize } from './installed-packages';
import type { LoadedConfig } from './load-config';

/** A configuration as Sequelize and this package read it. */
export interface Application {
  readonly source: string;
  readonly dialect: Dialect;
  readonly engine: Engine;
  readonly options: ResolvedOptions;
  readonly tokenProvider: TokenProvider;
  /** One for each host: the writer's and the readers'. */
  readonly configs: readonly ConnectionConfig[];
  /** The options that Sequelize would pass to the driver. */
  readonly driverConfig: (config: ConnectionConfig) => DriverConfig;
  readonly database: string;
  readonly pool: PoolSettings;
  readonly poolCount: number;
  /** A warning if the driver works only in part, with a fix. */
  readonly driverProblem: string | undefined;
  /** Sequelize opens one more connection, to read the server's version. */
  readonly probesVersion: boolean;
  /** `iamAuth` is not in the configuration. The application may add it in code. */
  readonly isUnflagged: boolean;
  /** Logs in to one host once, with Sequelize and this package, as the application would. */
  readonly logIn: (config: ConnectionConfig) => Promise<void>;
}

/** Builds an instance from the configuration and reads it. Throws what Sequelize or this package throws for the configuration. */
export function readApplication(
  loaded: LoadedConfig,
  overrides: IamAuthOptions,
  { packageName, Sequelize }: InstalledSequelize,
): Application {
  const { iamAuth: flag, ...sequelizeOptions } = loaded.options;
  const { url, instance: given } = loaded;
  const flagged = given?.iamAuth ?? parseFlag(flag) ?? carriedIn(sequelizeOptions)?.options();
  const iamAuth = { ...flagged, ...definedIn(overrides) };
  const options = resolveOptions(iamAuth);
  const { pool } = sequelizeOptions as { pool?: object };
  const quiet = {
    ...withoutCarried<CarryingOptions>(sequelizeOptions),
    // The pool of an instance exists already.
    ...(flagged !== undefined && given === undefined && { pool: fillPool(pool, iamAuth.limiter) }),
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
      // Other checks report what it would log.
      addIamAuth(one, { ...iamAuth, logger: { warn: () => undefined } });
      try {
        await one.authenticate();
      } finally {
        await one.close();
      }
    },
  };
}

/** Sequelize 6's options for one host. A `databaseVersion` saves the connection that would read it. */
function optionsFor6(config: ConnectionConfig, dialect: string): object {
  const { host, port, username, dialectOptions } = config;
  const own = { dialect, replication: false, databaseVersion: '8.0.0' };
  return { ...own, host, port, username, database: databaseOf(config), dialectOptions };
}

/** Sequelize 7's options for one host. Its config holds everything that the driver gets. */
function optionsFor7(config: ConnectionConfig): object {
  return { replication: undefined, ...config };
}

function databaseOf(config: ConnectionConfig | undefined): string {
  const database: unknown = Reflect.get(Object(config), 'database');
  return typeof database === 'string' ? database : '';
}
