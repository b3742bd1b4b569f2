import { dialectOf } from '../dialects/dialect-of';
import { ENGINES, type Engine } from '../application/engines';
import { loadSequelize } from '../application/installed-packages';
import { loadConfig } from '../application/load-config';
import { readApplication } from '../application/application';
import { resolveOptions } from '../options';
import { configAccess6 } from '../sequelize/v6';
import { resolveEndpoint } from '../login/resolve-endpoint';
import { TokenProvider } from '../token/token-provider';
import type { Endpoint } from '../endpoint/endpoint';
import { iamAuthOptions, sequelizeOptions, textFlag, type Values } from './command';

/** The endpoints that the flags name, and what it takes to sign for them. */
export interface Targets {
  readonly engine: Engine;
  readonly endpoints: readonly Endpoint[];
  readonly database: string;
  readonly tokenProvider: TokenProvider;
}

/** Resolves the flags as the application would. Throws an `IamAuthError` if it cannot. */
export async function resolveTargets(values: Values): Promise<Targets> {
  const given = sequelizeOptions(values);
  const overrides = iamAuthOptions(values);
  if (given === undefined) return fromConfig(values, overrides);
  const dialect = dialectOf(given.dialect);
  const options = resolveOptions(overrides);
  const tokenProvider = new TokenProvider(options);
  const { driverConfig } = configAccess6(dialect.name);
  const { endpoint } = await resolveEndpoint(driverConfig(given), {
    options,
    dialect,
    tokenProvider,
  });
  const database = textFlag(values, 'database') ?? '<database>';
  return { engine: ENGINES[dialect.name], endpoints: [endpoint], database, tokenProvider };
}

async function fromConfig(
  values: Values,
  overrides: ReturnType<typeof iamAuthOptions>,
): Promise<Targets> {
  const cwd = process.cwd();
  const [config, env] = [textFlag(values, 'config'), textFlag(values, 'env')];
  const loaded = await loadConfig({ cwd, config, env });
  const application = readApplication(loaded, overrides, loadSequelize(cwd, loaded.options));
  const found = application.configs.map((entry) =>
    resolveEndpoint(application.driverConfig(entry), application),
  );
  const endpoints = (await Promise.all(found)).map(({ endpoint }) => endpoint);
  const { engine, tokenProvider } = application;
  return { engine, endpoints, database: application.database || '<database>', tokenProvider };
}
