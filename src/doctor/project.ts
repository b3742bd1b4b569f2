import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { addIamAuth } from '../attach';
import type { Dialect, DriverConfig } from '../dialects/dialect';
import { IamAuthError } from '../errors';
import { parseFlag, resolveOptions, type ResolvedOptions } from '../options';
import { presetFor, type PoolSettings } from '../pool';
import { fillPool6, sequelize6 } from '../sequelize-6';
import { TokenProvider } from '../token-provider';
import type { ConnectionConfig, IamAuthOptions } from '../types';
import { optionsOfHook } from '../with-iam-auth';
import { ENGINES, type Engine } from './engines';
import type { LoadedConfig } from './load-config';

/** Sequelize's constructor and instance, as far as the doctor uses them. */
interface Sequelize {
  authenticate(options?: object): Promise<void>;
  close(): Promise<void>;
  getDialect(): string;
}
type SequelizeConstructor = new (first: object | string, options?: object) => Sequelize;

/** What the configuration comes to: the same that Sequelize and this package make of it. */
export interface Project {
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
  /** Sequelize opens one more connection to ask for the server's version. */
  readonly probesVersion: boolean;
  /** `iamAuth` is nowhere in the configuration; it may be added in code. */
  readonly isUnflagged: boolean;
  /** Logs in once to one host, by Sequelize and this package as the application would. */
  readonly logIn: (config: ConnectionConfig) => Promise<void>;
}

/** Builds it. Throws what Sequelize or this package throws about the configuration. */
export function openProject(
  loaded: LoadedConfig,
  overrides: IamAuthOptions,
  Sequelize: SequelizeConstructor,
): Project {
  const { iamAuth: flag, ...sequelizeOptions } = loaded.options;
  const flagged = flagOf(flag, sequelizeOptions.hooks);
  const given = { ...flagged, ...definedIn(overrides) };
  const options = resolveOptions(given);
  const quiet = { ...sequelizeOptions, logging: false };
  const sequelize =
    loaded.url === undefined ? new Sequelize(quiet) : new Sequelize(loaded.url, quiet);
  if (flagged !== undefined) fillPool6(sequelize, { ...presetFor(given.limiter) });
  const instance = sequelize6(sequelize);
  const dialectName = sequelize.getDialect();
  const engine = ENGINES[dialectName];
  if (engine === undefined) throw new Error(`The doctor does not know the dialect ${dialectName}`);
  const configs = instance.configs();
  for (const config of configs) instance.dialect.check(instance.driverConfig(config));
  const database = textIn(configs[0], 'database') ?? '';

  return {
    source: loaded.source,
    dialect: instance.dialect,
    engine,
    options,
    tokenProvider: new TokenProvider(options),
    configs,
    driverConfig: instance.driverConfig,
    database,
    pool: instance.poolSettings(),
    poolCount: instance.pools().length,
    probesVersion: instance.isProbing(),
    isUnflagged: flagged === undefined && Object.keys(definedIn(overrides)).length === 0,
    logIn: async (config) => {
      const one = new Sequelize({
        ...quiet,
        replication: false,
        dialect: dialectName,
        host: config.host,
        port: config.port,
        username: config.username,
        database: textIn(config, 'database') ?? database,
        dialectOptions: config.dialectOptions,
        pool: { max: 1, acquire: 60_000 },
        databaseVersion: '8.0.0',
      });
      addIamAuth(one, given);
      try {
        await one.authenticate();
      } finally {
        await one.close();
      }
    },
  };
}

function flagOf(flag: unknown, hooks: unknown): IamAuthOptions | undefined {
  const { beforeConnect } = Object(hooks) as { beforeConnect?: unknown };
  const [inHook] = [beforeConnect].flat().flatMap((hook) => optionsOfHook(hook) ?? []);
  return parseFlag(flag) ?? inHook;
}

/** The Sequelize of the application: the one that resolves from its folder, else from this package. Throws `ERR_IAM_AUTH_UNSUPPORTED`. */
export function loadSequelize(cwd: string): SequelizeConstructor {
  for (const base of [join(cwd, 'package.json'), __filename]) {
    const require = createRequire(base);
    const path = resolveFrom(require, 'sequelize');
    if (path !== undefined) return (require(path) as { Sequelize: SequelizeConstructor }).Sequelize;
  }
  throw new IamAuthError(
    'ERR_IAM_AUTH_UNSUPPORTED',
    'No sequelize is installed here: run the doctor in the folder of the application',
  );
}

/** The version of a package that the application uses. */
export function versionOf(cwd: string, name: string): string | undefined {
  for (const base of [join(cwd, 'package.json'), __filename]) {
    const path = resolveFrom(createRequire(base), `${name}/package.json`);
    if (path === undefined) continue;
    const { version } = JSON.parse(readFileSync(path, 'utf8')) as { version?: string };
    return version;
  }
  return undefined;
}

function resolveFrom(require: NodeJS.Require, name: string): string | undefined {
  try {
    return require.resolve(name);
  } catch {
    // Not installed there.
    return undefined;
  }
}

function textIn(config: ConnectionConfig | undefined, name: string): string | undefined {
  const value: unknown = config === undefined ? undefined : Reflect.get(config, name);
  return typeof value === 'string' ? value : undefined;
}

function definedIn(options: IamAuthOptions): IamAuthOptions {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}
